-- name: find_key
-- Locked, so that two replays of one key follow one another.
SELECT entity_id, fingerprint, status, headers, body, expires_at
FROM seriatim_idempotency_key
WHERE tenant_id = :tenant_id AND client_id = :client_id AND key = :key
FOR UPDATE;

-- name: claim_keys
-- The first to insert a key owns it; its answer follows in the same transaction. All keys of a
-- transaction in one statement, in one order, so that two transactions never wait for each other;
-- what it returns was claimed.
INSERT INTO seriatim_idempotency_key (tenant_id, client_id, key, entity_id, fingerprint, expires_at)
SELECT * FROM unnest(
    :tenant_id::uuid[], :client_id::uuid[], :key::text[], :entity_id::uuid[],
    :fingerprint::bytea[], :expires_at::timestamptz[]
) AS wanted (tenant_id, client_id, key, entity_id, fingerprint, expires_at)
ORDER BY tenant_id, client_id, key COLLATE "C"
ON CONFLICT (tenant_id, client_id, key) DO NOTHING
RETURNING tenant_id, client_id, key;

-- name: finish_keys!
-- All keys of a transaction in one statement.
-- Each row is found by itself, in the order written (OFFSET 0): told that the table is empty, the
-- planner would read all of it for each of them.
UPDATE seriatim_idempotency_key k SET status = done.status, headers = done.headers, body = done.body
FROM unnest(
    :tenant_id::uuid[], :client_id::uuid[], :key::text[], :status::integer[], :headers::text[],
    :body::bytea[]
) AS done (tenant_id, client_id, key, status, headers, body)
CROSS JOIN LATERAL (
    SELECT ctid FROM seriatim_idempotency_key
    WHERE tenant_id = done.tenant_id AND client_id = done.client_id AND key = done.key OFFSET 0
) AS found
WHERE k.ctid = found.ctid;
