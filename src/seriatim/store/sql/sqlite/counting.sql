-- name: count_moved_by_minute
-- What entries of a series gave, voided and let expire, by the minute of their time. Ranges of
-- these kinds are short, so their last 18 digits, which SQLite can reckon with, tell their size.
SELECT substr(recorded_at, 1, 16) || ':00.000000Z',
       sum(CASE WHEN kind IN ('issued', 'reserved') THEN size ELSE 0 END),
       sum(CASE WHEN kind = 'voided' THEN size ELSE 0 END),
       sum(CASE WHEN kind = 'voided' AND reason = :expired THEN size ELSE 0 END)
FROM (
    SELECT recorded_at, kind, reason,
        (CAST(substr(last_number, 3) AS INTEGER) - CAST(substr(first_number, 3) AS INTEGER)
            + 1000000000000000000) % 1000000000000000000 + 1 AS size
    FROM seriatim_register
    WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
        AND entry_number > :after_entry_number AND entry_number <= :up_to_entry_number
        AND kind IN ('issued', 'reserved', 'voided')
) moved
GROUP BY 1;
