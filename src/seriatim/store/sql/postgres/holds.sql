-- name: insert_holds!
-- All holds of a transaction in one statement: each column comes as an array.
INSERT INTO seriatim_open_hold (
    tenant_id, entity_id, series_id, first_number, last_number, entry_number, hold_until
)
SELECT * FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :series_id::uuid[], :first_number::numeric[],
    :last_number::numeric[], :entry_number::bigint[], :hold_until::timestamptz[]
);
