-- name: list_series_to_count
-- A slice of all series with entries behind those that were counted, in the order of their ids.
SELECT r.tenant_id, r.entity_id, r.series_id, r.document_type, r.last_entry_number, r.last_number,
       e.time_zone, t.entry_number
FROM seriatim_series r
JOIN seriatim_entity e ON e.tenant_id = r.tenant_id AND e.entity_id = r.entity_id
LEFT JOIN seriatim_series_tally t
    ON t.tenant_id = r.tenant_id AND t.entity_id = r.entity_id AND t.time_zone = e.time_zone
    AND t.series_id = r.series_id
WHERE (r.tenant_id, r.entity_id, r.series_id) > (:after_tenant, :after_entity, :after_series)
    AND r.last_entry_number > COALESCE(t.entry_number, 0)
ORDER BY r.tenant_id, r.entity_id, r.series_id
LIMIT :row_count;

-- name: list_first_series_to_count
-- The same of one entity, looking at its first few series only: whoever waits for the answer
-- must not wait for a hundred thousand of them.
SELECT r.series_id, r.document_type, r.last_entry_number, r.last_number, t.entry_number
FROM (
    SELECT tenant_id, entity_id, series_id, document_type, last_entry_number, last_number
    FROM seriatim_series
    WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id > :after_series_id
    ORDER BY series_id
    LIMIT :row_count
) r
LEFT JOIN seriatim_series_tally t
    ON t.tenant_id = r.tenant_id AND t.entity_id = r.entity_id AND t.time_zone = :time_zone
    AND t.series_id = r.series_id
WHERE r.last_entry_number > COALESCE(t.entry_number, 0)
ORDER BY r.series_id;

-- name: begin_tally!
-- Changes nothing where another process has begun it.
INSERT INTO seriatim_series_tally (
    tenant_id, entity_id, time_zone, series_id, entry_number, last_number
) VALUES (:tenant_id, :entity_id, :time_zone, :series_id, :entry_number, :last_number)
ON CONFLICT DO NOTHING;

-- name: advance_tally!
-- Changes nothing where another process has counted meanwhile.
UPDATE seriatim_series_tally SET entry_number = :entry_number, last_number = :last_number
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND time_zone = :time_zone
    AND series_id = :series_id AND entry_number = :previous_entry_number;

-- name: add_to_daily_count!
INSERT INTO seriatim_daily_count (
    tenant_id, entity_id, time_zone, day, series_id, issued_count
) VALUES (:tenant_id, :entity_id, :time_zone, :day, :series_id, :issued_count)
ON CONFLICT (tenant_id, entity_id, time_zone, day, series_id)
DO UPDATE SET issued_count = seriatim_daily_count.issued_count + excluded.issued_count;

-- name: add_to_daily_total!
INSERT INTO seriatim_daily_total (
    tenant_id, entity_id, time_zone, day, document_type, issued_count, voided_count, expired_count
) VALUES (
    :tenant_id, :entity_id, :time_zone, :day, :document_type, :issued_count, :voided_count,
    :expired_count
)
ON CONFLICT (tenant_id, entity_id, time_zone, day, document_type)
DO UPDATE SET issued_count = seriatim_daily_total.issued_count + excluded.issued_count,
    voided_count = seriatim_daily_total.voided_count + excluded.voided_count,
    expired_count = seriatim_daily_total.expired_count + excluded.expired_count;

-- name: list_daily_totals
SELECT day, document_type, issued_count, voided_count, expired_count
FROM seriatim_daily_total
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND time_zone = :time_zone
    AND day >= :first_day
ORDER BY day, document_type;

-- name: list_busiest_series
-- The series that gave most numbers from a day on.
SELECT series_id, CAST(sum(issued_count) AS bigint)
FROM seriatim_daily_count
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND time_zone = :time_zone
    AND day >= :first_day
GROUP BY series_id
ORDER BY sum(issued_count) DESC, series_id
LIMIT :row_count;

-- name: list_most_used_series
-- The series that have got furthest, as they were counted.
SELECT series_id
FROM seriatim_series_tally
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND time_zone = :time_zone
ORDER BY last_number DESC
LIMIT :row_count;
