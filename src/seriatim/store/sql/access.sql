-- name: get_store_state
SELECT store_id, issuing_allowed, issuing_stopped_because FROM seriatim_store_state;

-- name: insert_store_state!
INSERT INTO seriatim_store_state (singleton, store_id, issuing_allowed, created_at)
VALUES (1, :store_id, TRUE, :recorded_at);

-- name: insert_tenant!
INSERT INTO seriatim_tenant (tenant_id, name, created_at) VALUES (:tenant_id, :name, :recorded_at);

-- name: list_tenants
SELECT tenant_id, name FROM seriatim_tenant ORDER BY created_at, tenant_id;

-- name: insert_entity!
INSERT INTO seriatim_entity (tenant_id, entity_id, name, name_folded, position, created_at)
VALUES (
    :tenant_id, :entity_id, :name, :name_folded,
    (SELECT count(*) FROM seriatim_entity e WHERE e.tenant_id = :tenant_id), :recorded_at
);

-- name: list_entities
SELECT entity_id, name FROM seriatim_entity WHERE tenant_id = :tenant_id ORDER BY position, entity_id;

-- name: find_entity_by_name
SELECT entity_id, name FROM seriatim_entity WHERE tenant_id = :tenant_id AND name_folded = :name_folded;

-- name: find_entity
SELECT entity_id, name FROM seriatim_entity WHERE tenant_id = :tenant_id AND entity_id = :entity_id;

-- name: insert_client!
INSERT INTO seriatim_oauth_client (tenant_id, client_id, name, role, secret_hash, created_at)
VALUES (:tenant_id, :client_id, :name, :role, :secret_hash, :recorded_at);

-- name: insert_client_entity!
INSERT INTO seriatim_oauth_client_entity (tenant_id, client_id, position, entity_id)
VALUES (:tenant_id, :client_id, :position, :entity_id);

-- name: list_clients
SELECT c.client_id, c.name, c.role, c.created_at, c.last_used_at, c.revoked_at
FROM seriatim_oauth_client c WHERE c.tenant_id = :tenant_id ORDER BY c.created_at, c.client_id;

-- name: list_client_entities
SELECT client_id, entity_id FROM seriatim_oauth_client_entity
WHERE tenant_id = :tenant_id ORDER BY client_id, position;

-- name: find_client
-- Before its tenant is known: a client at the token endpoint.
SELECT tenant_id, client_id, name, role, secret_hash, created_at, last_used_at, revoked_at
FROM seriatim_oauth_client WHERE client_id = :client_id;

-- name: find_client_entities
SELECT entity_id FROM seriatim_oauth_client_entity
WHERE tenant_id = :tenant_id AND client_id = :client_id ORDER BY position;

-- name: replace_client_secret!
UPDATE seriatim_oauth_client SET secret_hash = :secret_hash
WHERE tenant_id = :tenant_id AND client_id = :client_id AND revoked_at IS NULL;

-- name: revoke_client!
UPDATE seriatim_oauth_client SET revoked_at = :recorded_at
WHERE tenant_id = :tenant_id AND client_id = :client_id AND revoked_at IS NULL;

-- name: note_client_used!
-- Changes nothing where the secret was replaced or the client revoked since it was read.
UPDATE seriatim_oauth_client SET last_used_at = :recorded_at
WHERE tenant_id = :tenant_id AND client_id = :client_id
    AND secret_hash = :secret_hash AND revoked_at IS NULL;

-- name: insert_token!
INSERT INTO seriatim_access_token (token_hash, tenant_id, client_id, expires_at)
VALUES (:token_hash, :tenant_id, :client_id, :expires_at);

-- name: find_token
-- A living token of a client that was not revoked.
SELECT t.tenant_id, t.client_id, t.expires_at, c.role
FROM seriatim_access_token t
JOIN seriatim_oauth_client c ON c.tenant_id = t.tenant_id AND c.client_id = t.client_id
WHERE t.token_hash = :token_hash AND c.revoked_at IS NULL;

-- name: delete_tokens_of_client!
DELETE FROM seriatim_access_token WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: delete_expired_tokens!
-- So many at once, so that nobody waits long behind it.
DELETE FROM seriatim_access_token WHERE token_hash IN (
    SELECT token_hash FROM seriatim_access_token WHERE expires_at < :now
    ORDER BY expires_at LIMIT :row_count
);
