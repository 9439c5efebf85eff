-- name: find_document_ids
-- The documents with exactly one of these numbers, given as JSON.
SELECT number_folded, document_id FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND number_folded IN (SELECT value FROM json_each(:numbers_folded));

-- name: lock_documents
-- Found under the lock of the write transaction; which ones comes as JSON.
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND document_id IN (SELECT value FROM json_each(:document_ids))
ORDER BY document_id;

-- name: lock_living_sets
-- Found under the lock of the write transaction; which ones comes as JSON.
SELECT sequence_set_id FROM seriatim_sequence_set
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND sequence_set_id IN (SELECT value FROM json_each(:sequence_set_ids))
    AND deleted_at IS NULL;

-- name: lock_set
-- Found under the lock of the write transaction.
SELECT sequence_set_id FROM seriatim_sequence_set
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND sequence_set_id = :sequence_set_id;

-- name: insert_documents!
-- Run once for each document.
INSERT INTO seriatim_document (
    tenant_id, entity_id, document_id, document_type, number_folded, document_number,
    number_origin, account_id, sequence_set_id, series_id, chosen_by, is_draft, state,
    document_date, due_date, currency, amount, balance, refunded, referred_document_id, details,
    position, created_at, updated_at, posted_at, account_number
) VALUES (
    :tenant_id, :entity_id, :document_id, :document_type, :number_folded, :document_number,
    :number_origin, :account_id, :sequence_set_id, :series_id, :chosen_by, :is_draft, :state,
    :document_date, :due_date, :currency, :amount, :balance, :refunded, :referred_document_id,
    :details, :position, :created_at, :updated_at, :posted_at, :account_number
);

-- name: insert_items!
-- Run once for each item.
INSERT INTO seriatim_document_item (
    tenant_id, entity_id, document_id, item_number, item_id, amount, details
) VALUES (
    :tenant_id, :entity_id, :document_id, :item_number, :item_id, :amount, :details
);

-- name: change_documents!
-- Run once for each document.
UPDATE seriatim_document
SET
    number_folded = :number_folded, document_number = :document_number,
    number_origin = :number_origin, sequence_set_id = :sequence_set_id, series_id = :series_id,
    chosen_by = :chosen_by, is_draft = :is_draft, state = :state,
    document_date = :document_date, due_date = :due_date, amount = :amount, balance = :balance,
    refunded = :refunded, details = :details, updated_at = :updated_at, posted_at = :posted_at
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND document_id = :document_id;

-- name: list_applications_to
-- What is applied to an invoice or debit memo, and from what.
-- Left to itself, SQLite walks all applications of the entity.
SELECT source_document_id, target_document_id, amount
FROM seriatim_application INDEXED BY seriatim_application_by_target
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND target_document_id = :document_id
ORDER BY source_document_id;

-- name: list_credited_items
-- The items of all credit memos that were made from an invoice and are not canceled.
-- Left to itself, SQLite walks all items of the entity.
SELECT m.document_id, i.item_number, i.item_id, i.amount, i.details
FROM seriatim_document m INDEXED BY seriatim_document_by_referred
CROSS JOIN seriatim_document_item i
    ON i.tenant_id = m.tenant_id AND i.entity_id = m.entity_id AND i.document_id = m.document_id
WHERE m.tenant_id = :tenant_id AND m.entity_id = :entity_id
    AND m.referred_document_id IS NOT NULL AND m.referred_document_id = :document_id
    AND m.document_type = 'creditMemo' AND m.state <> 'Canceled'
ORDER BY m.document_id, i.item_number;
