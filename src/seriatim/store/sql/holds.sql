-- name: find_holds
-- The open holds of a series that overlap a range, in number order.
SELECT first_number, last_number, entry_number, hold_until FROM seriatim_open_hold
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND first_number <= :last_number AND last_number >= :first_number
ORDER BY first_number;

-- name: list_holds
-- The open holds of a series in number order, from behind a number.
SELECT first_number, last_number, entry_number, hold_until FROM seriatim_open_hold
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND first_number > :after_number
ORDER BY first_number
LIMIT :row_count;

-- name: find_expired_holds
-- Holds whose deadline has come and that nobody settled yet, in number order, from behind a number.
SELECT first_number, last_number, entry_number, hold_until FROM seriatim_open_hold
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND hold_until <= :now AND first_number > :after_number
ORDER BY first_number
LIMIT :row_count;

-- name: delete_hold!
DELETE FROM seriatim_open_hold
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND first_number = :first_number;

-- name: list_series_with_expired_holds
-- For the sweeper, which looks after every tenant. Not those of a stopped series, which nobody may
-- write to: they would stand before all others for as long as it is stopped.
SELECT DISTINCT tenant_id, entity_id, series_id
FROM (
    SELECT h.tenant_id, h.entity_id, h.series_id FROM seriatim_open_hold h
    JOIN seriatim_series s ON s.tenant_id = h.tenant_id AND s.entity_id = h.entity_id
        AND s.series_id = h.series_id
    WHERE h.hold_until <= :now AND s.stopped_because IS NULL
    ORDER BY h.hold_until LIMIT :row_count
) expired;

-- name: list_holds_by_deadline
-- The open holds of all series, those that end first first.
SELECT series_id, first_number, last_number, entry_number, hold_until
FROM seriatim_open_hold
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
ORDER BY hold_until, series_id, first_number
LIMIT :row_count;

-- name: count_holds
-- Up to so many.
SELECT count(*) FROM (
    SELECT 1 FROM seriatim_open_hold
    WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    ORDER BY hold_until
    LIMIT :row_count
) open_ones;
