-- name: insert_user!
INSERT INTO seriatim_console_user (
    tenant_id, user_id, name, name_folded, role, password_hash, created_at
) VALUES (:tenant_id, :user_id, :name, :name_folded, :role, :password_hash, :recorded_at);

-- name: list_users
SELECT user_id, name, role, created_at, disabled_at, last_login_at, locked_until
FROM seriatim_console_user WHERE tenant_id = :tenant_id ORDER BY created_at, user_id;

-- name: find_user
-- Before its tenant is known: a name at the login.
SELECT tenant_id, user_id, name, role, created_at, disabled_at, last_login_at, locked_until,
    password_hash
FROM seriatim_console_user WHERE name_folded = :name_folded;

-- name: count_other_admins
-- The admins who can log in beside one user.
SELECT count(*) FROM seriatim_console_user
WHERE tenant_id = :tenant_id AND user_id <> :user_id AND role = 'admin' AND disabled_at IS NULL;

-- name: replace_password!
UPDATE seriatim_console_user
SET password_hash = :password_hash, failed_logins = 0, locked_until = NULL
WHERE tenant_id = :tenant_id AND user_id = :user_id;

-- name: change_password!
-- Changes nothing where the password was replaced, the user disabled or the login closed since
-- the user was read.
UPDATE seriatim_console_user SET password_hash = :new_hash, failed_logins = 0
WHERE tenant_id = :tenant_id AND user_id = :user_id AND password_hash = :password_hash
    AND disabled_at IS NULL AND (locked_until IS NULL OR locked_until <= :now);

-- name: disable_user!
UPDATE seriatim_console_user SET disabled_at = :recorded_at
WHERE tenant_id = :tenant_id AND user_id = :user_id AND disabled_at IS NULL;

-- name: note_login!
-- Changes nothing where the password was replaced, the user disabled or the login closed since
-- the user was read.
UPDATE seriatim_console_user
SET last_login_at = :now, failed_logins = 0, locked_until = NULL
WHERE tenant_id = :tenant_id AND user_id = :user_id AND password_hash = :password_hash
    AND disabled_at IS NULL AND (locked_until IS NULL OR locked_until <= :now);

-- name: count_failed_login
-- Attempts while the login is closed do not count: they cannot keep it closed for ever.
UPDATE seriatim_console_user SET failed_logins = failed_logins + 1
WHERE tenant_id = :tenant_id AND user_id = :user_id
    AND (locked_until IS NULL OR locked_until <= :now)
RETURNING failed_logins;

-- name: close_login!
UPDATE seriatim_console_user SET failed_logins = 0, locked_until = :locked_until
WHERE tenant_id = :tenant_id AND user_id = :user_id;

-- name: insert_session!
INSERT INTO seriatim_console_session (session_hash, tenant_id, user_id, seen_at, expires_at)
VALUES (:session_hash, :tenant_id, :user_id, :seen_at, :expires_at);

-- name: find_session
-- A session of a user who was not disabled.
SELECT u.tenant_id, u.user_id, u.name, u.role, s.seen_at, s.expires_at
FROM seriatim_console_session s
JOIN seriatim_console_user u ON u.tenant_id = s.tenant_id AND u.user_id = s.user_id
WHERE s.session_hash = :session_hash AND u.disabled_at IS NULL;

-- name: note_session_seen!
UPDATE seriatim_console_session SET seen_at = :seen_at WHERE session_hash = :session_hash;

-- name: delete_session!
DELETE FROM seriatim_console_session WHERE session_hash = :session_hash;

-- name: delete_sessions_of_user!
DELETE FROM seriatim_console_session WHERE tenant_id = :tenant_id AND user_id = :user_id;

-- name: delete_other_sessions!
DELETE FROM seriatim_console_session
WHERE tenant_id = :tenant_id AND user_id = :user_id AND session_hash <> :session_hash;

-- name: delete_expired_sessions!
-- So many at once, so that nobody waits long behind it.
DELETE FROM seriatim_console_session WHERE session_hash IN (
    SELECT session_hash FROM seriatim_console_session WHERE expires_at < :now
    ORDER BY expires_at LIMIT :row_count
);
