-- name: append_entries!
-- Run once for each entry, inside the write transaction.
INSERT INTO register (
    tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number, refers_to,
    sequence_set_id, chosen_by, document_date, reference, actor, request_id, batch_id, reason,
    hold_until, recorded_at, format_version, hash
) VALUES (
    :tenant_id, :entity_id, :series_id, :entry_number, :kind, :first_number, :last_number,
    :refers_to, :sequence_set_id, :chosen_by, :document_date, :reference, :actor, :request_id,
    :batch_id, :reason, :hold_until, :recorded_at, :format_version, :hash
);
