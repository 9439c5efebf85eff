-- name: reclaim_key!
-- An expired key is taken over as if it had never been used.
UPDATE seriatim_idempotency_key
SET entity_id = :entity_id, fingerprint = :fingerprint, expires_at = :expires_at, status = NULL,
    headers = NULL, body = NULL, replay_count = 0
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key;

-- name: note_replay!
-- A write, so that the replay's commit waits behind the original's.
UPDATE seriatim_idempotency_key SET replay_count = replay_count + 1
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key;

-- name: release_key!
-- A claimed key whose request could not be carried out at the moment: free again.
DELETE FROM seriatim_idempotency_key
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key;

-- name: delete_expired_keys!
-- So many at once, so that nobody waits long behind it.
DELETE FROM seriatim_idempotency_key WHERE (tenant_id, client_id, key) IN (
    SELECT tenant_id, client_id, key FROM seriatim_idempotency_key WHERE expires_at < :now
    ORDER BY expires_at LIMIT :row_count
);
