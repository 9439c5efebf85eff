-- name: insert_holds!
-- Run once for each hold.
INSERT INTO seriatim_open_hold (
    tenant_id, entity_id, series_id, first_number, last_number, entry_number, hold_until
) VALUES (
    :tenant_id, :entity_id, :series_id, :first_number, :last_number, :entry_number, :hold_until
);
