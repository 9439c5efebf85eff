-- name: find_covering
-- The covering entries that overlap a range of numbers, in number order. They are disjoint, so
-- the search starts at the last one beginning at or before the range.
SELECT g.kind, g.first_number, g.last_number, g.entry_number
FROM seriatim_register g
WHERE g.tenant_id = :tenant_id AND g.entity_id = :entity_id AND g.series_id = :series_id
    AND g.refers_to IS NULL
    AND g.first_number <= :last_number
    AND g.first_number >= COALESCE(
        (SELECT max(h.first_number) FROM seriatim_register h
         WHERE h.tenant_id = :tenant_id AND h.entity_id = :entity_id
            AND h.series_id = :series_id AND h.refers_to IS NULL
            AND h.first_number <= :first_number),
        :first_number)
    AND g.last_number >= :first_number
ORDER BY g.first_number
LIMIT :row_count;

-- name: count_entries
SELECT count(*) FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id;

-- name: list_entries
-- A slice of one series' entries in their order, from behind a given one.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND entry_number > :after_entry_number
ORDER BY entry_number
LIMIT :row_count;

-- name: list_covering
-- Covering entries in number order, from the one that holds a number on.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND refers_to IS NULL
    AND last_number >= :from_number
    AND first_number >= COALESCE(
        (SELECT max(h.first_number) FROM seriatim_register h
         WHERE h.tenant_id = :tenant_id AND h.entity_id = :entity_id
            AND h.series_id = :series_id AND h.refers_to IS NULL
            AND h.first_number <= :from_number),
        :from_number)
ORDER BY first_number
LIMIT :row_count;

-- name: list_by_date
-- Covering entries by document date, from behind a place in that order.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND document_date IS NOT NULL
    AND (document_date, entry_number) > (:after_date, :after_entry_number)
    AND document_date <= :until_date
ORDER BY document_date, entry_number
LIMIT :row_count;

-- name: list_exceptional
-- The entries that are not plain issues, in number order, from behind a place in that order.
SELECT entry_number, kind, first_number, last_number, refers_to, sequence_set_id, chosen_by,
       document_date, reference, actor, request_id, batch_id, reason, hold_until, recorded_at,
       format_version, hash
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND kind IN ('skipped', 'voided', 'imported')
    AND (first_number, entry_number) > (:after_number, :after_entry_number)
ORDER BY first_number, entry_number
LIMIT :row_count;
