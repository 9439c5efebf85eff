-- name: find_key
-- Found under the lock of the write transaction.
SELECT entity_id, fingerprint, status, headers, body, expires_at
FROM idempotency_key
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key;
