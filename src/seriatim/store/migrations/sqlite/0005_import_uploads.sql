-- Files of used numbers on their way over the API: in the database, for the next request of a
-- client may reach another process. Both tables are emptied when a file is imported.
CREATE TABLE seriatim_import_upload (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    file_hash BLOB NOT NULL,
    byte_count INTEGER NOT NULL,
    received_bytes INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, import_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE seriatim_import_part (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    first_byte INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, import_id, first_byte)
) STRICT;
