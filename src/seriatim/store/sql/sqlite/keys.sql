-- name: find_key
-- Found under the lock of the write transaction.
SELECT entity_id, fingerprint, status, headers, body, expires_at
FROM seriatim_idempotency_key
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key;

-- name: claim_keys
-- The first to insert a key owns it; its answer follows in the same transaction. Run once for each
-- key; what it returns was claimed.
INSERT INTO seriatim_idempotency_key (tenant_id, client_id, key, entity_id, fingerprint, expires_at)
VALUES (:tenant_id, :client_id, :key, :entity_id, :fingerprint, :expires_at)
ON CONFLICT (tenant_id, client_id, key) DO NOTHING
RETURNING tenant_id, client_id, key;

-- name: finish_keys!
-- Run once for each key.
UPDATE seriatim_idempotency_key SET status = :status, headers = :headers, body = :body
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key;
