-- The tables of Seriatim on PostgreSQL. Ids are UUIDs shown as 32 hex characters; sequential
-- numbers are NUMERIC(20,0); times are UTC. Every table leads with its tenant (and entity), there
-- are no database sequences and no foreign keys across entities, so that a distributed
-- PostgreSQL can place the rows. The SQLite twin has the same tables and columns.

CREATE TABLE seriatim_store_state (
    singleton integer PRIMARY KEY CHECK (singleton = 1),
    store_id uuid NOT NULL,
    issuing_allowed boolean NOT NULL,
    issuing_stopped_because text,
    created_at timestamptz NOT NULL
);

CREATE TABLE seriatim_tenant (
    tenant_id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- One legal entity, its settings, and the row that configuration changes lock.
CREATE TABLE seriatim_entity (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    invoice_settlement boolean NOT NULL DEFAULT true,
    flexible_billing_attributes boolean NOT NULL DEFAULT true,
    number_assignment text NOT NULL DEFAULT 'creation'
        CHECK (number_assignment IN ('creation', 'posting')),
    time_zone text NOT NULL DEFAULT 'UTC',
    last_set_position bigint NOT NULL DEFAULT 0,
    last_audit_number bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id),
    UNIQUE (tenant_id, name_folded)
);

CREATE TABLE seriatim_sequence_set (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    sequence_set_id uuid NOT NULL,
    sequence_set_number text NOT NULL CHECK (length(sequence_set_number) BETWEEN 1 AND 32),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 15),
    is_default boolean NOT NULL,
    chronological boolean NOT NULL,
    revision bigint NOT NULL,
    position bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, entity_id, sequence_set_id),
    CHECK (NOT is_default OR deleted_at IS NULL)
);
CREATE UNIQUE INDEX seriatim_sequence_set_in_order
    ON seriatim_sequence_set (tenant_id, entity_id, position) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX seriatim_sequence_set_default
    ON seriatim_sequence_set (tenant_id, entity_id) WHERE is_default;

-- The names, numbers and ids of living sets in one key space: none may equal another set's.
CREATE TABLE seriatim_sequence_set_key (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    key_folded text COLLATE "C" NOT NULL,
    sequence_set_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, key_folded)
);

-- To which document type a prefix belongs for ever.
CREATE TABLE seriatim_prefix_owner (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    prefix_folded text COLLATE "C" NOT NULL,
    prefix text NOT NULL CHECK (length(prefix) BETWEEN 1 AND 16),
    document_type text NOT NULL,
    owned_since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, prefix_folded)
);

CREATE TABLE seriatim_series (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    series_id uuid NOT NULL,
    document_type text NOT NULL
        CHECK (document_type IN ('invoice', 'creditMemo', 'debitMemo', 'payment', 'refund')),
    prefix text NOT NULL,
    prefix_folded text COLLATE "C" NOT NULL,
    digits_min integer NOT NULL DEFAULT 8,
    origin numeric(20, 0) NOT NULL CHECK (origin >= 1),
    last_number numeric(20, 0) NOT NULL,
    clear_until numeric(20, 0),
    upper_bound numeric(20, 0),
    valid_until date,
    last_entry_number bigint NOT NULL DEFAULT 0,
    head_hash bytea NOT NULL,
    last_document_date date,
    issued_count numeric(20, 0) NOT NULL DEFAULT 0,
    voided_count numeric(20, 0) NOT NULL DEFAULT 0,
    skipped_count numeric(20, 0) NOT NULL DEFAULT 0,
    imported_count numeric(20, 0) NOT NULL DEFAULT 0,
    stopped_because text,
    released_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, series_id),
    UNIQUE (tenant_id, entity_id, prefix_folded, document_type),
    CHECK (last_number >= origin - 1)
);

-- Which series numbers a type for a set; a pattern, reset and period make room for series per
-- year or month. Today one row a set and type.
CREATE TABLE seriatim_set_numbering (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    sequence_set_id uuid NOT NULL,
    document_type text NOT NULL,
    effective_from date NOT NULL DEFAULT '0001-01-01',
    period_key text NOT NULL DEFAULT '',
    series_id uuid NOT NULL,
    chronological boolean NOT NULL DEFAULT false,
    pattern text,
    reset text,
    fiscal_month integer,
    period_start numeric(20, 0),
    PRIMARY KEY (tenant_id, entity_id, sequence_set_id, document_type, effective_from, period_key)
);
CREATE INDEX seriatim_set_numbering_by_series ON seriatim_set_numbering (tenant_id, entity_id, series_id);
-- Whether a living set asks for rising dates, beside the series, which is asked at each issue.
CREATE INDEX seriatim_set_numbering_chronological
    ON seriatim_set_numbering (tenant_id, entity_id, series_id) WHERE chronological;

-- The book. Append-only; a covering entry accounts for its integers, the others refer to one.
CREATE TABLE seriatim_register (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    series_id uuid NOT NULL,
    entry_number bigint NOT NULL CHECK (entry_number >= 1),
    kind text NOT NULL
        CHECK (kind IN ('issued', 'reserved', 'confirmed', 'voided', 'skipped', 'imported')),
    first_number numeric(20, 0) NOT NULL CHECK (first_number >= 1),
    last_number numeric(20, 0) NOT NULL,
    refers_to bigint,
    sequence_set_id uuid,
    chosen_by text,
    document_date date,
    reference text CHECK (length(reference) <= 255),
    actor text NOT NULL,
    request_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    reason text CHECK (length(reason) <= 255),
    hold_until timestamptz,
    recorded_at timestamptz NOT NULL,
    format_version smallint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, entity_id, series_id, entry_number),
    CHECK (last_number >= first_number),
    CHECK ((refers_to IS NULL) = (kind IN ('issued', 'reserved', 'skipped', 'imported')))
);
-- Two covering entries cannot begin at one number; that they cannot overlap either is held by
-- the series' row lock and proven by verification.
CREATE UNIQUE INDEX seriatim_register_covering
    ON seriatim_register (tenant_id, entity_id, series_id, first_number) WHERE refers_to IS NULL;
CREATE INDEX seriatim_register_referring
    ON seriatim_register (tenant_id, entity_id, series_id, refers_to) WHERE refers_to IS NOT NULL;
CREATE INDEX seriatim_register_by_reference
    ON seriatim_register (tenant_id, entity_id, reference) WHERE reference IS NOT NULL;
-- Dates rise with the entries of a series, or nearly so: this index grows at its end.
CREATE INDEX seriatim_register_by_date
    ON seriatim_register (tenant_id, entity_id, series_id, document_date, entry_number)
    WHERE document_date IS NOT NULL;
-- The few entries that are not plain issues: gaps and imports are found without reading the rest.
CREATE INDEX seriatim_register_exceptional
    ON seriatim_register (tenant_id, entity_id, series_id, first_number, entry_number)
    WHERE kind IN ('skipped', 'voided', 'imported');

CREATE FUNCTION seriatim_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER seriatim_register_is_append_only BEFORE UPDATE OR DELETE ON seriatim_register
    FOR EACH ROW EXECUTE FUNCTION seriatim_refuse_change();
CREATE TRIGGER seriatim_register_is_not_truncated BEFORE TRUNCATE ON seriatim_register
    FOR EACH STATEMENT EXECUTE FUNCTION seriatim_refuse_change();

-- Texts taken outside every series: custom numbers and imported ones in a foreign format.
CREATE TABLE seriatim_number_text (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    text_folded text COLLATE "C" NOT NULL,
    number_text text NOT NULL CHECK (length(number_text) BETWEEN 1 AND 44),
    document_type text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('custom', 'imported')),
    document_id uuid,
    document_date date,
    reference text CHECK (length(reference) <= 255),
    actor text NOT NULL,
    request_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, text_folded)
);

CREATE TABLE seriatim_open_hold (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    series_id uuid NOT NULL,
    first_number numeric(20, 0) NOT NULL,
    last_number numeric(20, 0) NOT NULL,
    entry_number bigint NOT NULL,
    hold_until timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, series_id, first_number)
);
CREATE INDEX seriatim_open_hold_by_deadline ON seriatim_open_hold (hold_until);

CREATE TABLE seriatim_idempotency_key (
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    entity_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    headers text,
    body bytea,
    replay_count bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, client_id, key)
);
CREATE INDEX seriatim_idempotency_key_by_expiry ON seriatim_idempotency_key (expires_at);

CREATE TABLE seriatim_checkpoint (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    series_id uuid NOT NULL,
    entry_number bigint NOT NULL,
    head_hash bytea NOT NULL,
    last_number numeric(20, 0) NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, series_id, entry_number)
);
CREATE TRIGGER seriatim_checkpoint_is_append_only BEFORE UPDATE OR DELETE ON seriatim_checkpoint
    FOR EACH ROW EXECUTE FUNCTION seriatim_refuse_change();
CREATE TRIGGER seriatim_checkpoint_is_not_truncated BEFORE TRUNCATE ON seriatim_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION seriatim_refuse_change();

CREATE TABLE seriatim_certificate (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    series_id uuid NOT NULL,
    first_number numeric(20, 0) NOT NULL,
    last_number numeric(20, 0) NOT NULL,
    body text NOT NULL,
    actor text NOT NULL,
    issued_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, certificate_id)
);

CREATE TABLE seriatim_import_job (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    import_id uuid NOT NULL,
    file_hash bytea NOT NULL,
    state text NOT NULL,
    lines_total bigint NOT NULL,
    lines_applied bigint NOT NULL,
    options text NOT NULL,
    actor text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, entity_id, import_id)
);

CREATE TABLE seriatim_authorised_range (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    series_id uuid NOT NULL,
    first_number numeric(20, 0) NOT NULL,
    last_number numeric(20, 0) NOT NULL,
    authority text NOT NULL,
    authority_reference text NOT NULL,
    valid_from date,
    valid_until date,
    PRIMARY KEY (tenant_id, entity_id, series_id, first_number)
);

CREATE TABLE seriatim_draft_counter (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    document_type text NOT NULL,
    last_number bigint NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, document_type)
);

CREATE TABLE seriatim_daily_count (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    day date NOT NULL,
    series_id uuid NOT NULL,
    issued_count numeric(20, 0) NOT NULL,
    voided_count numeric(20, 0) NOT NULL,
    skipped_count numeric(20, 0) NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, day, series_id)
);

CREATE TABLE seriatim_account (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    account_id uuid NOT NULL,
    account_number text NOT NULL,
    account_number_folded text COLLATE "C" NOT NULL,
    name text NOT NULL,
    currency text NOT NULL,
    sequence_set_id uuid,
    details text NOT NULL,
    position bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, account_id),
    UNIQUE (tenant_id, entity_id, account_number_folded),
    UNIQUE (tenant_id, entity_id, position)
);
CREATE INDEX seriatim_account_by_set
    ON seriatim_account (tenant_id, entity_id, sequence_set_id) WHERE sequence_set_id IS NOT NULL;

CREATE TABLE seriatim_document (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    document_id uuid NOT NULL,
    document_type text NOT NULL,
    number_folded text COLLATE "C" NOT NULL,
    document_number text NOT NULL,
    account_id uuid NOT NULL,
    sequence_set_id uuid,
    series_id uuid,
    is_draft boolean NOT NULL,
    state text NOT NULL,
    document_date date NOT NULL,
    currency text NOT NULL,
    amount numeric NOT NULL,
    balance numeric NOT NULL,
    referred_document_id uuid,
    details text NOT NULL,
    position bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, document_id),
    UNIQUE (tenant_id, entity_id, number_folded)
);
CREATE INDEX seriatim_document_drafts_by_set
    ON seriatim_document (tenant_id, entity_id, sequence_set_id) WHERE is_draft;

CREATE TABLE seriatim_oauth_client (
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'issuer', 'auditor')),
    secret_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, client_id),
    UNIQUE (client_id)
);

CREATE TABLE seriatim_oauth_client_entity (
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    position integer NOT NULL,
    entity_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, client_id, position)
);

-- Tokens stand here as SHA-256 of themselves, so that a copy of the database opens nothing.
CREATE TABLE seriatim_access_token (
    token_hash bytea PRIMARY KEY,
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX seriatim_access_token_by_client ON seriatim_access_token (tenant_id, client_id);
CREATE INDEX seriatim_access_token_by_expiry ON seriatim_access_token (expires_at);

CREATE TABLE seriatim_console_user (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    role text NOT NULL CHECK (role IN ('admin', 'issuer', 'auditor')),
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, name_folded)
);

CREATE TABLE seriatim_audit_entry (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    audit_number bigint NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    actor text NOT NULL,
    request_id uuid NOT NULL,
    state_before text,
    state_after text,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, audit_number)
);
CREATE TRIGGER seriatim_audit_entry_is_append_only BEFORE UPDATE OR DELETE ON seriatim_audit_entry
    FOR EACH ROW EXECUTE FUNCTION seriatim_refuse_change();
CREATE TRIGGER seriatim_audit_entry_is_not_truncated BEFORE TRUNCATE ON seriatim_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION seriatim_refuse_change();
