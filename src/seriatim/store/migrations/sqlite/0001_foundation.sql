-- The tables of Seriatim on SQLite. Ids are 32 hex characters; sequential numbers are text of
-- exactly 20 digits, because INTEGER ends at 63 bits; times are UTC text with six decimals. The
-- PostgreSQL twin has the same tables and columns; STRICT keeps the types honest. Tables whose
-- rows are found by their key stand in its order (WITHOUT ROWID), which saves an index each.

CREATE TABLE seriatim_store_state (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
    store_id TEXT NOT NULL,
    issuing_allowed INTEGER NOT NULL,
    issuing_stopped_because TEXT,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE seriatim_tenant (
    tenant_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One legal entity, its settings, and the row that configuration changes lock.
CREATE TABLE seriatim_entity (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    position INTEGER NOT NULL,
    invoice_settlement INTEGER NOT NULL DEFAULT true,
    flexible_billing_attributes INTEGER NOT NULL DEFAULT true,
    number_assignment TEXT NOT NULL DEFAULT 'creation'
        CHECK (number_assignment IN ('creation', 'posting')),
    time_zone TEXT NOT NULL DEFAULT 'UTC',
    last_set_position INTEGER NOT NULL DEFAULT 0,
    last_audit_number INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id),
    UNIQUE (tenant_id, name_folded)
) STRICT, WITHOUT ROWID;

CREATE TABLE seriatim_sequence_set (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    sequence_set_id TEXT NOT NULL,
    sequence_set_number TEXT NOT NULL CHECK (length(sequence_set_number) BETWEEN 1 AND 32),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 15),
    is_default INTEGER NOT NULL,
    chronological INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT,
    PRIMARY KEY (tenant_id, entity_id, sequence_set_id),
    CHECK (NOT is_default OR deleted_at IS NULL)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX seriatim_sequence_set_in_order
    ON seriatim_sequence_set (tenant_id, entity_id, position) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX seriatim_sequence_set_default
    ON seriatim_sequence_set (tenant_id, entity_id) WHERE is_default;

-- The names, numbers and ids of living sets in one key space: none may equal another set's.
CREATE TABLE seriatim_sequence_set_key (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    key_folded TEXT NOT NULL,
    sequence_set_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, key_folded)
) STRICT, WITHOUT ROWID;

-- To which document type a prefix belongs for ever.
CREATE TABLE seriatim_prefix_owner (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    prefix_folded TEXT NOT NULL,
    prefix TEXT NOT NULL CHECK (length(prefix) BETWEEN 1 AND 16),
    document_type TEXT NOT NULL,
    owned_since TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, prefix_folded)
) STRICT, WITHOUT ROWID;

CREATE TABLE seriatim_series (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    document_type TEXT NOT NULL
        CHECK (document_type IN ('invoice', 'creditMemo', 'debitMemo', 'payment', 'refund')),
    prefix TEXT NOT NULL,
    prefix_folded TEXT NOT NULL,
    digits_min INTEGER NOT NULL DEFAULT 8,
    origin TEXT NOT NULL CHECK (length(origin) = 20 AND origin > '00000000000000000000'),
    last_number TEXT NOT NULL CHECK (length(last_number) = 20),
    clear_until TEXT CHECK (length(clear_until) = 20),
    upper_bound TEXT CHECK (length(upper_bound) = 20),
    valid_until TEXT,
    last_entry_number INTEGER NOT NULL DEFAULT 0,
    head_hash BLOB NOT NULL,
    last_document_date TEXT,
    issued_count TEXT NOT NULL DEFAULT '00000000000000000000' CHECK (length(issued_count) = 20),
    voided_count TEXT NOT NULL DEFAULT '00000000000000000000' CHECK (length(voided_count) = 20),
    skipped_count TEXT NOT NULL DEFAULT '00000000000000000000' CHECK (length(skipped_count) = 20),
    imported_count TEXT NOT NULL DEFAULT '00000000000000000000' CHECK (length(imported_count) = 20),
    stopped_because TEXT,
    released_at TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, series_id),
    UNIQUE (tenant_id, entity_id, prefix_folded, document_type)
) STRICT, WITHOUT ROWID;

-- Which series numbers a type for a set; a pattern, reset and period make room for series per
-- year or month. Today one row a set and type.
CREATE TABLE seriatim_set_numbering (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    sequence_set_id TEXT NOT NULL,
    document_type TEXT NOT NULL,
    effective_from TEXT NOT NULL DEFAULT '0001-01-01',
    period_key TEXT NOT NULL DEFAULT '',
    series_id TEXT NOT NULL,
    chronological INTEGER NOT NULL DEFAULT false,
    pattern TEXT,
    reset TEXT,
    fiscal_month INTEGER,
    period_start TEXT CHECK (length(period_start) = 20),
    PRIMARY KEY (tenant_id, entity_id, sequence_set_id, document_type, effective_from, period_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX seriatim_set_numbering_by_series ON seriatim_set_numbering (tenant_id, entity_id, series_id);
-- Whether a living set asks for rising dates, beside the series, which is asked at each issue.
CREATE INDEX seriatim_set_numbering_chronological
    ON seriatim_set_numbering (tenant_id, entity_id, series_id) WHERE chronological;

-- The book. Append-only; a covering entry accounts for its integers, the others refer to one.
CREATE TABLE seriatim_register (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    entry_number INTEGER NOT NULL CHECK (entry_number >= 1),
    kind TEXT NOT NULL
        CHECK (kind IN ('issued', 'reserved', 'confirmed', 'voided', 'skipped', 'imported')),
    first_number TEXT NOT NULL CHECK (length(first_number) = 20 AND first_number > '00000000000000000000'),
    last_number TEXT NOT NULL CHECK (length(last_number) = 20),
    refers_to INTEGER,
    sequence_set_id TEXT,
    chosen_by TEXT,
    document_date TEXT,
    reference TEXT CHECK (length(reference) <= 255),
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    batch_id TEXT NOT NULL,
    reason TEXT CHECK (length(reason) <= 255),
    hold_until TEXT,
    recorded_at TEXT NOT NULL,
    format_version INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (tenant_id, entity_id, series_id, entry_number),
    CHECK (last_number >= first_number),
    CHECK ((refers_to IS NULL) = (kind IN ('issued', 'reserved', 'skipped', 'imported')))
) STRICT, WITHOUT ROWID;
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

CREATE TRIGGER seriatim_register_refuses_update BEFORE UPDATE ON seriatim_register
BEGIN SELECT RAISE(ABORT, 'register is append-only'); END;
CREATE TRIGGER seriatim_register_refuses_delete BEFORE DELETE ON seriatim_register
BEGIN SELECT RAISE(ABORT, 'register is append-only'); END;
-- INSERT OR REPLACE would delete without asking the trigger above.
CREATE TRIGGER seriatim_register_refuses_replace BEFORE INSERT ON seriatim_register
WHEN EXISTS (
    SELECT 1 FROM seriatim_register WHERE tenant_id = NEW.tenant_id AND entity_id = NEW.entity_id
        AND series_id = NEW.series_id AND entry_number = NEW.entry_number
) OR (NEW.refers_to IS NULL AND EXISTS (
    SELECT 1 FROM seriatim_register WHERE tenant_id = NEW.tenant_id AND entity_id = NEW.entity_id
        AND series_id = NEW.series_id AND first_number = NEW.first_number AND refers_to IS NULL
))
BEGIN SELECT RAISE(ABORT, 'register is append-only'); END;

-- Texts taken outside every series: custom numbers and imported ones in a foreign format.
CREATE TABLE seriatim_number_text (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    text_folded TEXT NOT NULL,
    number_text TEXT NOT NULL CHECK (length(number_text) BETWEEN 1 AND 44),
    document_type TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('custom', 'imported')),
    document_id TEXT,
    document_date TEXT,
    reference TEXT CHECK (length(reference) <= 255),
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, text_folded)
) STRICT, WITHOUT ROWID;

CREATE TABLE seriatim_open_hold (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    first_number TEXT NOT NULL CHECK (length(first_number) = 20 AND first_number > '00000000000000000000'),
    last_number TEXT NOT NULL CHECK (length(last_number) = 20),
    entry_number INTEGER NOT NULL,
    hold_until TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, series_id, first_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX seriatim_open_hold_by_deadline ON seriatim_open_hold (hold_until);

CREATE TABLE seriatim_idempotency_key (
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    entity_id TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER,
    headers TEXT,
    body BLOB,
    replay_count INTEGER NOT NULL DEFAULT 0,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, client_id, key)
) STRICT;
CREATE INDEX seriatim_idempotency_key_by_expiry ON seriatim_idempotency_key (expires_at);

CREATE TABLE seriatim_checkpoint (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    entry_number INTEGER NOT NULL,
    head_hash BLOB NOT NULL,
    last_number TEXT NOT NULL CHECK (length(last_number) = 20),
    key_id TEXT NOT NULL,
    signature BLOB NOT NULL,
    signed_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, series_id, entry_number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER seriatim_checkpoint_refuses_update BEFORE UPDATE ON seriatim_checkpoint
BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
CREATE TRIGGER seriatim_checkpoint_refuses_delete BEFORE DELETE ON seriatim_checkpoint
BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
-- INSERT OR REPLACE would delete without asking the trigger above.
CREATE TRIGGER seriatim_checkpoint_refuses_replace BEFORE INSERT ON seriatim_checkpoint
WHEN EXISTS (
    SELECT 1 FROM seriatim_checkpoint WHERE tenant_id = NEW.tenant_id AND entity_id = NEW.entity_id
        AND series_id = NEW.series_id AND entry_number = NEW.entry_number
)
BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;

CREATE TABLE seriatim_certificate (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    certificate_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    first_number TEXT NOT NULL CHECK (length(first_number) = 20 AND first_number > '00000000000000000000'),
    last_number TEXT NOT NULL CHECK (length(last_number) = 20),
    body TEXT NOT NULL,
    actor TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, certificate_id)
) STRICT;

CREATE TABLE seriatim_import_job (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    import_id TEXT NOT NULL,
    file_hash BLOB NOT NULL,
    state TEXT NOT NULL,
    lines_total INTEGER NOT NULL,
    lines_applied INTEGER NOT NULL,
    options TEXT NOT NULL,
    actor TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    PRIMARY KEY (tenant_id, entity_id, import_id)
) STRICT;

CREATE TABLE seriatim_authorised_range (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    first_number TEXT NOT NULL CHECK (length(first_number) = 20 AND first_number > '00000000000000000000'),
    last_number TEXT NOT NULL CHECK (length(last_number) = 20),
    authority TEXT NOT NULL,
    authority_reference TEXT NOT NULL,
    valid_from TEXT,
    valid_until TEXT,
    PRIMARY KEY (tenant_id, entity_id, series_id, first_number)
) STRICT;

CREATE TABLE seriatim_draft_counter (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    document_type TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, document_type)
) STRICT;

CREATE TABLE seriatim_daily_count (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    day TEXT NOT NULL,
    series_id TEXT NOT NULL,
    issued_count TEXT NOT NULL CHECK (length(issued_count) = 20),
    voided_count TEXT NOT NULL CHECK (length(voided_count) = 20),
    skipped_count TEXT NOT NULL CHECK (length(skipped_count) = 20),
    PRIMARY KEY (tenant_id, entity_id, day, series_id)
) STRICT;

CREATE TABLE seriatim_account (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    account_number TEXT NOT NULL,
    account_number_folded TEXT NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    sequence_set_id TEXT,
    details TEXT NOT NULL,
    position INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, account_id),
    UNIQUE (tenant_id, entity_id, account_number_folded),
    UNIQUE (tenant_id, entity_id, position)
) STRICT;
CREATE INDEX seriatim_account_by_set
    ON seriatim_account (tenant_id, entity_id, sequence_set_id) WHERE sequence_set_id IS NOT NULL;

CREATE TABLE seriatim_document (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    document_type TEXT NOT NULL,
    number_folded TEXT NOT NULL,
    document_number TEXT NOT NULL,
    account_id TEXT NOT NULL,
    sequence_set_id TEXT,
    series_id TEXT,
    is_draft INTEGER NOT NULL,
    state TEXT NOT NULL,
    document_date TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount TEXT NOT NULL,
    balance TEXT NOT NULL,
    referred_document_id TEXT,
    details TEXT NOT NULL,
    position INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, document_id),
    UNIQUE (tenant_id, entity_id, number_folded)
) STRICT;
CREATE INDEX seriatim_document_drafts_by_set
    ON seriatim_document (tenant_id, entity_id, sequence_set_id) WHERE is_draft;

CREATE TABLE seriatim_oauth_client (
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'issuer', 'auditor')),
    secret_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at TEXT,
    PRIMARY KEY (tenant_id, client_id),
    UNIQUE (client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE seriatim_oauth_client_entity (
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    entity_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, client_id, position)
) STRICT, WITHOUT ROWID;

-- Tokens stand here as SHA-256 of themselves, so that a copy of the database opens nothing.
CREATE TABLE seriatim_access_token (
    token_hash BLOB PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seriatim_access_token_by_client ON seriatim_access_token (tenant_id, client_id);
CREATE INDEX seriatim_access_token_by_expiry ON seriatim_access_token (expires_at);

CREATE TABLE seriatim_console_user (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'issuer', 'auditor')),
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    disabled_at TEXT,
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, name_folded)
) STRICT;

CREATE TABLE seriatim_audit_entry (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    audit_number INTEGER NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    request_id TEXT NOT NULL,
    state_before TEXT,
    state_after TEXT,
    recorded_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, audit_number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER seriatim_audit_entry_refuses_update BEFORE UPDATE ON seriatim_audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER seriatim_audit_entry_refuses_delete BEFORE DELETE ON seriatim_audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
-- INSERT OR REPLACE would delete without asking the trigger above.
CREATE TRIGGER seriatim_audit_entry_refuses_replace BEFORE INSERT ON seriatim_audit_entry
WHEN EXISTS (
    SELECT 1 FROM seriatim_audit_entry WHERE tenant_id = NEW.tenant_id AND entity_id = NEW.entity_id
        AND audit_number = NEW.audit_number
)
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
