-- Files of used numbers on their way over the API: in the database, for the next request of a
-- client may reach another process. Both tables are emptied when a file is imported.
CREATE TABLE seriatim_import_upload (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    import_id uuid NOT NULL,
    file_hash bytea NOT NULL,
    byte_count bigint NOT NULL,
    received_bytes bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, import_id)
);

CREATE TABLE seriatim_import_part (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    import_id uuid NOT NULL,
    first_byte bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, import_id, first_byte)
);
