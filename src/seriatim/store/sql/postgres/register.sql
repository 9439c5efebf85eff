-- name: append_entries!
-- All entries of a transaction in one statement: each column comes as an array.
INSERT INTO seriatim_register (
    tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number, refers_to,
    sequence_set_id, chosen_by, document_date, reference, actor, request_id, batch_id, reason,
    hold_until, recorded_at, format_version, hash
)
SELECT * FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :series_id::uuid[], :entry_number::bigint[],
    :kind::text[], :first_number::numeric[], :last_number::numeric[], :refers_to::bigint[],
    :sequence_set_id::uuid[], :chosen_by::text[], :document_date::date[], :reference::text[],
    :actor::text[], :request_id::uuid[], :batch_id::uuid[], :reason::text[],
    :hold_until::timestamptz[], :recorded_at::timestamptz[], :format_version::smallint[],
    :hash::bytea[]
);

-- name: get_entries
-- The list of entry numbers comes as an array.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND entry_number = ANY(:entry_numbers::bigint[])
ORDER BY entry_number;

-- name: list_referring
-- Confirmed and voided entries of the given covering ones, as far as they touch a range of
-- numbers. The list of entry numbers comes as an array.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND refers_to IS NOT NULL AND refers_to = ANY(:entry_numbers::bigint[])
    AND first_number <= :last_number AND last_number >= :first_number
ORDER BY entry_number;

-- name: list_by_reference
-- The entries of all series that carry a reference, from behind a place in the order of their keys.
SELECT series_id, entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND reference = :reference
    AND (series_id, entry_number) > (:after_series_id, :after_entry_number)
ORDER BY series_id, entry_number
LIMIT :row_count;
