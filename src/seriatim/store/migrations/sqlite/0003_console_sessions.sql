-- Sessions of the console, and what closes a login after too many wrong passwords.

ALTER TABLE seriatim_console_user ADD COLUMN failed_logins INTEGER NOT NULL DEFAULT 0;
ALTER TABLE seriatim_console_user ADD COLUMN locked_until TEXT;
ALTER TABLE seriatim_console_user ADD COLUMN last_login_at TEXT;
-- A login names no tenant: a name is one user's in the whole database.
CREATE UNIQUE INDEX seriatim_console_user_by_name ON seriatim_console_user (name_folded);

-- Session tokens stand here as SHA-256 of themselves, so that a copy of the database opens nothing.
CREATE TABLE seriatim_console_session (
    session_hash BLOB PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seriatim_console_session_by_user ON seriatim_console_session (tenant_id, user_id);
CREATE INDEX seriatim_console_session_by_expiry ON seriatim_console_session (expires_at);

-- The console lists sets by name.
CREATE UNIQUE INDEX seriatim_sequence_set_by_name
    ON seriatim_sequence_set (tenant_id, entity_id, lower(name)) WHERE deleted_at IS NULL;
