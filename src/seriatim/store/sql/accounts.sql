-- name: get_account
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id;

-- name: find_account_by_number
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND account_number_folded = :account_number_folded;

-- name: list_accounts
-- A page of accounts in the order of creation, from behind a given one.
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND position > :after_position
ORDER BY position
LIMIT :row_count;

-- name: list_accounts_of_set
-- The same of those that were given one set.
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND sequence_set_id = :sequence_set_id
    AND position > :after_position
ORDER BY position
LIMIT :row_count;

-- name: list_accounts_without_set
-- The same of those that were given none.
SELECT account_id, account_number, name, currency, sequence_set_id, details, position, created_at,
       updated_at
FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND sequence_set_id IS NULL
    AND position > :after_position
ORDER BY position
LIMIT :row_count;

-- name: find_last_account_position
SELECT position FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
ORDER BY position DESC
LIMIT 1;

-- name: insert_account!
INSERT INTO seriatim_account (
    tenant_id, entity_id, account_id, account_number, account_number_folded, name, currency,
    sequence_set_id, details, position, created_at, updated_at
) VALUES (
    :tenant_id, :entity_id, :account_id, :account_number, :account_number_folded, :name, :currency,
    :sequence_set_id, :details, :position, :recorded_at, :recorded_at
);

-- name: update_account!
UPDATE seriatim_account
SET account_number = :account_number, account_number_folded = :account_number_folded, name = :name,
    currency = :currency, sequence_set_id = :sequence_set_id, details = :details,
    updated_at = :recorded_at
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id;

-- name: delete_account!
DELETE FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id;

-- name: is_account_used
-- Whether any document is the account's.
SELECT EXISTS (
    SELECT 1 FROM seriatim_document
    WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id
);

-- name: is_account_drafting
-- Whether the account has a draft: a type after the other, each in its stretch of the index.
SELECT EXISTS (
    SELECT 1 FROM seriatim_document
    WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id
        AND document_type IN ('invoice', 'creditMemo', 'debitMemo') AND state = 'Draft'
);
