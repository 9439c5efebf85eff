-- name: find_account_ids
-- The accounts with exactly one of these numbers, given as an array.
SELECT account_number_folded, account_id FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND account_number_folded = ANY(:numbers_folded::text[]);

-- name: lock_accounts
-- Kept from being deleted, or given another set, until the transaction ends; documents of one
-- account do not wait for each other.
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND account_id = ANY(:account_ids::uuid[])
ORDER BY account_id
FOR KEY SHARE;

-- name: lock_account
-- For itself alone: whoever makes a document of the account waits.
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id
FOR UPDATE;
