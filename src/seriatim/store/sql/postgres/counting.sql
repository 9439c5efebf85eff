-- name: count_moved_by_minute
-- What entries of a series gave, voided and let expire, by the minute of their time.
SELECT date_trunc('minute', recorded_at),
       sum(CASE WHEN kind IN ('issued', 'reserved') THEN size ELSE 0 END)::bigint,
       sum(CASE WHEN kind = 'voided' THEN size ELSE 0 END)::bigint,
       sum(CASE WHEN kind = 'voided' AND reason = :expired THEN size ELSE 0 END)::bigint
FROM (
    SELECT recorded_at, kind, reason, last_number - first_number + 1 AS size
    FROM seriatim_register
    WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
        AND entry_number > :after_entry_number AND entry_number <= :up_to_entry_number
        AND kind IN ('issued', 'reserved', 'voided')
) moved
GROUP BY 1;
