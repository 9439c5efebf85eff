-- name: find_key
-- Locked, so that two replays of one key follow one another.
SELECT entity_id, fingerprint, status, headers, body, expires_at
FROM idempotency_key
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key
FOR UPDATE;
