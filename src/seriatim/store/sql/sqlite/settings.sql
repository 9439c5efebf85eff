-- name: lock_entity
-- The write transaction holds the one lock there is.
SELECT invoice_settlement, flexible_billing_attributes, number_assignment, time_zone,
       last_set_position, last_audit_number
FROM seriatim_entity WHERE tenant_id = :tenant_id AND entity_id = :entity_id;
