-- name: append_entries!
-- Run once for each entry, inside the write transaction.
INSERT INTO seriatim_register (
    tenant_id, entity_id, series_id, entry_number, kind, first_number, last_number, refers_to,
    sequence_set_id, chosen_by, document_date, reference, actor, request_id, batch_id, reason,
    hold_until, recorded_at, format_version, hash
) VALUES (
    :tenant_id, :entity_id, :series_id, :entry_number, :kind, :first_number, :last_number,
    :refers_to, :sequence_set_id, :chosen_by, :document_date, :reference, :actor, :request_id,
    :batch_id, :reason, :hold_until, :recorded_at, :format_version, :hash
);

-- name: get_entries
-- The list of entry numbers comes as JSON.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND entry_number IN (SELECT value FROM json_each(:entry_numbers))
ORDER BY entry_number;

-- name: list_referring
-- Confirmed and voided entries of the given covering ones, as far as they touch a range of
-- numbers. The list of entry numbers comes as JSON. The index is named: the planner would rather
-- walk the whole series, which is sorted already.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register INDEXED BY seriatim_register_referring
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND refers_to IS NOT NULL AND refers_to IN (SELECT value FROM json_each(:entry_numbers))
    AND first_number <= :last_number AND last_number >= :first_number
ORDER BY entry_number;

-- name: list_by_reference
-- The entries of all series that carry a reference, from behind a place in the order of their keys.
-- The index is named: the planner would rather walk the whole entity in that order.
SELECT series_id, entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register INDEXED BY seriatim_register_by_reference
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND reference = :reference
    AND (series_id, entry_number) > (:after_series_id, :after_entry_number)
ORDER BY series_id, entry_number
LIMIT :row_count;
