-- name: find_document_ids
-- The documents with exactly one of these numbers, given as an array.
SELECT number_folded, document_id FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND number_folded = ANY(:numbers_folded::text[]);

-- name: lock_documents
-- Rows are locked in the order of their ids, so that two changes never wait for each other.
SELECT document_id, document_type, document_number, number_origin, account_id, sequence_set_id,
       series_id, chosen_by, state, document_date, due_date, currency, amount, balance, refunded,
       referred_document_id, details, position, created_at, updated_at, posted_at, account_number
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND document_id = ANY(:document_ids::uuid[])
ORDER BY document_id
FOR UPDATE;

-- name: lock_living_sets
-- Kept from being deleted until the transaction ends; changes of a set do not wait for it.
SELECT sequence_set_id FROM seriatim_sequence_set
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND sequence_set_id = ANY(:sequence_set_ids::uuid[]) AND deleted_at IS NULL
ORDER BY sequence_set_id
FOR KEY SHARE;

-- name: lock_set
-- For itself alone: whoever makes a draft that the set numbers waits.
SELECT sequence_set_id FROM seriatim_sequence_set
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND sequence_set_id = :sequence_set_id
FOR UPDATE;

-- name: insert_documents!
-- All documents of a transaction in one statement: each column comes as an array.
INSERT INTO seriatim_document (
    tenant_id, entity_id, document_id, document_type, number_folded, document_number,
    number_origin, account_id, sequence_set_id, series_id, chosen_by, is_draft, state,
    document_date, due_date, currency, amount, balance, refunded, referred_document_id, details,
    position, created_at, updated_at, posted_at, account_number
)
SELECT * FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :document_id::uuid[], :document_type::text[],
    :number_folded::text[], :document_number::text[], :number_origin::text[],
    :account_id::uuid[], :sequence_set_id::uuid[], :series_id::uuid[], :chosen_by::text[],
    :is_draft::boolean[], :state::text[], :document_date::date[], :due_date::date[],
    :currency::text[], :amount::numeric[], :balance::numeric[], :refunded::numeric[],
    :referred_document_id::uuid[], :details::text[], :position::bigint[],
    :created_at::timestamptz[], :updated_at::timestamptz[], :posted_at::timestamptz[],
    :account_number::text[]
);

-- name: insert_items!
-- All items of a transaction in one statement: each column comes as an array.
INSERT INTO seriatim_document_item (
    tenant_id, entity_id, document_id, item_number, item_id, amount, details
)
SELECT * FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :document_id::uuid[], :item_number::integer[],
    :item_id::uuid[], :amount::numeric[], :details::text[]
);

-- name: change_documents!
-- All changes of a transaction in one statement: each column comes as an array.
-- Each row is found by itself, in the order written (OFFSET 0): told that the table is empty, the
-- planner would read all of it for each of them.
UPDATE seriatim_document d
SET
    number_folded = changed.number_folded, document_number = changed.document_number,
    number_origin = changed.number_origin, sequence_set_id = changed.sequence_set_id,
    series_id = changed.series_id, chosen_by = changed.chosen_by, is_draft = changed.is_draft,
    state = changed.state, document_date = changed.document_date, due_date = changed.due_date,
    amount = changed.amount, balance = changed.balance, refunded = changed.refunded,
    details = changed.details, updated_at = changed.updated_at, posted_at = changed.posted_at
FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :document_id::uuid[], :number_folded::text[],
    :document_number::text[], :number_origin::text[], :sequence_set_id::uuid[],
    :series_id::uuid[], :chosen_by::text[], :is_draft::boolean[], :state::text[],
    :document_date::date[], :due_date::date[], :amount::numeric[], :balance::numeric[],
    :refunded::numeric[], :details::text[], :updated_at::timestamptz[],
    :posted_at::timestamptz[]
) AS changed (
    tenant_id, entity_id, document_id, number_folded, document_number, number_origin,
    sequence_set_id, series_id, chosen_by, is_draft, state, document_date, due_date, amount,
    balance, refunded, details, updated_at, posted_at
)
CROSS JOIN LATERAL (
    SELECT ctid FROM seriatim_document
    WHERE tenant_id = changed.tenant_id AND entity_id = changed.entity_id
        AND document_id = changed.document_id OFFSET 0
) AS found
WHERE d.ctid = found.ctid;

-- name: list_applications_to
-- What is applied to an invoice or debit memo, and from what.
SELECT source_document_id, target_document_id, amount FROM seriatim_application
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND target_document_id = :document_id
ORDER BY source_document_id;

-- name: list_credited_items
-- The items of all credit memos that were made from an invoice and are not canceled.
SELECT m.document_id, i.item_number, i.item_id, i.amount, i.details
FROM seriatim_document m
JOIN seriatim_document_item i
    ON i.tenant_id = m.tenant_id AND i.entity_id = m.entity_id AND i.document_id = m.document_id
WHERE m.tenant_id = :tenant_id AND m.entity_id = :entity_id
    AND m.referred_document_id IS NOT NULL AND m.referred_document_id = :document_id
    AND m.document_type = 'creditMemo' AND m.state <> 'Canceled'
ORDER BY m.document_id, i.item_number;
