-- name: lock_entity
-- Configuration changes of one entity follow one another; issuing does not wait for them.
SELECT invoice_settlement, flexible_billing_attributes, number_assignment, time_zone,
       last_set_position, last_audit_number
FROM seriatim_entity WHERE tenant_id = :tenant_id AND entity_id = :entity_id
FOR UPDATE;
