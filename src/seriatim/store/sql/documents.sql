-- name: get_document
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND document_id = :document_id;

-- name: find_document_by_number
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND number_folded = :number_folded;

-- name: list_documents_in_state
-- The documents of one type in one state, in the order of creation, from behind a given one.
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND document_type = :document_type AND state = :state
    AND (position, document_id) > (:after_position, :after_document_id)
ORDER BY position, document_id
LIMIT :row_count;

-- name: list_account_documents_in_state
-- The same of one account.
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id
    AND document_type = :document_type AND state = :state
    AND (position, document_id) > (:after_position, :after_document_id)
ORDER BY position, document_id
LIMIT :row_count;

-- name: list_documents_in_state_backwards
-- The documents of one type in one state, newest first, from before a given one.
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND document_type = :document_type AND state = :state
    AND (position, document_id) < (:before_position, :before_document_id)
ORDER BY position DESC, document_id DESC
LIMIT :row_count;

-- name: list_account_documents_in_state_backwards
-- The same of one account.
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id
    AND document_type = :document_type AND state = :state
    AND (position, document_id) < (:before_position, :before_document_id)
ORDER BY position DESC, document_id DESC
LIMIT :row_count;

-- name: find_documents_numbered_between
-- Documents whose numbers have one length and lie between two of that length: of one series.
SELECT document_number FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND number_folded >= :first_text AND number_folded <= :last_text
    AND length(number_folded) = :characters
ORDER BY number_folded
LIMIT :row_count;

-- name: find_followers
-- The documents that were made from one and are not canceled: memos of an invoice, refunds of a
-- payment or credit memo.
SELECT document_number FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND referred_document_id IS NOT NULL AND referred_document_id = :document_id
    AND state <> 'Canceled'
LIMIT :row_count;

-- name: list_items
-- A document's items, from behind a given one.
SELECT item_number, item_id, amount, details FROM seriatim_document_item
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND document_id = :document_id
    AND item_number > :after_item_number
ORDER BY item_number
LIMIT :row_count;

-- name: list_applications_from
-- What of a credit memo or payment is applied, and to what.
SELECT source_document_id, target_document_id, amount FROM seriatim_application
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND source_document_id = :document_id
ORDER BY target_document_id;

-- name: delete_application!
DELETE FROM seriatim_application
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND source_document_id = :source_document_id AND target_document_id = :target_document_id;

-- name: save_application!
-- What is applied from one to the other now, whatever it was before.
INSERT INTO seriatim_application (
    tenant_id, entity_id, source_document_id, target_document_id, amount, updated_at
) VALUES (
    :tenant_id, :entity_id, :source_document_id, :target_document_id, :amount, :recorded_at
)
ON CONFLICT (tenant_id, entity_id, source_document_id, target_document_id)
DO UPDATE SET amount = excluded.amount, updated_at = excluded.updated_at;

-- name: delete_document!
DELETE FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND document_id = :document_id;

-- name: delete_items!
DELETE FROM seriatim_document_item
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND document_id = :document_id;

-- name: take_draft_numbers
-- The counter of temporary numbers, further by so many; drafts of one type follow one another.
INSERT INTO seriatim_draft_counter (tenant_id, entity_id, document_type, last_number)
VALUES (:tenant_id, :entity_id, :document_type, :number_count)
ON CONFLICT (tenant_id, entity_id, document_type)
DO UPDATE SET last_number = seriatim_draft_counter.last_number + excluded.last_number
RETURNING last_number;

-- name: rename_number_text!
-- A deleted document gives its own number back: the record of it stays under another text.
UPDATE seriatim_number_text SET text_folded = :new_text_folded, number_text = :new_text
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND text_folded = :text_folded;
