-- name: get_settings
SELECT invoice_settlement, flexible_billing_attributes, number_assignment, time_zone
FROM seriatim_entity WHERE tenant_id = :tenant_id AND entity_id = :entity_id;

-- name: update_settings!
UPDATE seriatim_entity
SET invoice_settlement = :invoice_settlement,
    flexible_billing_attributes = :flexible_billing_attributes,
    number_assignment = :number_assignment, time_zone = :time_zone
WHERE tenant_id = :tenant_id AND entity_id = :entity_id;

-- name: set_last_set_position!
UPDATE seriatim_entity SET last_set_position = :last_set_position
WHERE tenant_id = :tenant_id AND entity_id = :entity_id;

-- name: set_last_audit_number!
UPDATE seriatim_entity SET last_audit_number = :last_audit_number
WHERE tenant_id = :tenant_id AND entity_id = :entity_id;

-- name: insert_audit_entry!
INSERT INTO seriatim_audit_entry (
    tenant_id, entity_id, audit_number, action, subject_kind, subject_id, actor, request_id,
    state_before, state_after, recorded_at
) VALUES (
    :tenant_id, :entity_id, :audit_number, :action, :subject_kind, :subject_id, :actor,
    :request_id, :state_before, :state_after, :recorded_at
);

-- name: list_audit_entries
-- Newest first, from before a given entry.
SELECT audit_number, action, subject_kind, subject_id, actor, request_id, state_before,
       state_after, recorded_at
FROM seriatim_audit_entry
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND audit_number < :before_audit_number
ORDER BY audit_number DESC
LIMIT :row_count;
