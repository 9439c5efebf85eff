-- Sessions of the console, and what closes a login after too many wrong passwords.

ALTER TABLE seriatim_console_user ADD COLUMN failed_logins integer NOT NULL DEFAULT 0;
ALTER TABLE seriatim_console_user ADD COLUMN locked_until timestamptz;
ALTER TABLE seriatim_console_user ADD COLUMN last_login_at timestamptz;
-- A login names no tenant: a name is one user's in the whole database.
CREATE UNIQUE INDEX seriatim_console_user_by_name ON seriatim_console_user (name_folded);

-- Session tokens stand here as SHA-256 of themselves, so that a copy of the database opens nothing.
CREATE TABLE seriatim_console_session (
    session_hash bytea PRIMARY KEY,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX seriatim_console_session_by_user ON seriatim_console_session (tenant_id, user_id);
CREATE INDEX seriatim_console_session_by_expiry ON seriatim_console_session (expires_at);

-- The console lists sets by name.
CREATE UNIQUE INDEX seriatim_sequence_set_by_name
    ON seriatim_sequence_set (tenant_id, entity_id, lower(name)) WHERE deleted_at IS NULL;
