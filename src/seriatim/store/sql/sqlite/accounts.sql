-- name: find_account_ids
-- The accounts with exactly one of these numbers, given as JSON.
SELECT account_number_folded, account_id FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND account_number_folded IN (SELECT value FROM json_each(:numbers_folded));

-- name: lock_accounts
-- Found under the lock of the write transaction; which ones comes as JSON.
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND account_id IN (SELECT value FROM json_each(:account_ids))
ORDER BY account_id;

-- name: lock_account
-- Found under the lock of the write transaction.
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id;
