-- name: append_entries!
-- All entries of a transaction in one statement: each column comes as an array.
INSERT INTO register (
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
