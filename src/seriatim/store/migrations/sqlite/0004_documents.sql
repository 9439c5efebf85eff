-- What documents hold beside their number: how the number came, items, applications; and the
-- indexes that keep the pages of a list as fast with a million documents as with ten.
-- The number of an account never changes, and every answer about a document shows it.
ALTER TABLE seriatim_document ADD COLUMN account_number TEXT NOT NULL DEFAULT '';
ALTER TABLE seriatim_document ADD COLUMN chosen_by TEXT;
ALTER TABLE seriatim_document ADD COLUMN number_origin TEXT NOT NULL DEFAULT 'series'
    CHECK (number_origin IN ('series', 'custom', 'temporary'));
ALTER TABLE seriatim_document ADD COLUMN due_date TEXT;
ALTER TABLE seriatim_document ADD COLUMN refunded TEXT NOT NULL DEFAULT '0';
ALTER TABLE seriatim_document ADD COLUMN posted_at TEXT;

-- A list holds one state after the other: every state of a type has its own stretch, in the order
-- of creation, and a page merges the few of them.
CREATE INDEX seriatim_document_by_state
    ON seriatim_document (tenant_id, entity_id, document_type, state, position, document_id);
CREATE INDEX seriatim_document_by_account
    ON seriatim_document (
        tenant_id, entity_id, account_id, document_type, state, position, document_id
    );
CREATE INDEX seriatim_document_by_referred
    ON seriatim_document (tenant_id, entity_id, referred_document_id)
    WHERE referred_document_id IS NOT NULL;

CREATE TABLE seriatim_document_item (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    document_id TEXT NOT NULL,
    item_number INTEGER NOT NULL CHECK (item_number >= 1),
    item_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, document_id, item_number)
) STRICT, WITHOUT ROWID;

-- How much of a credit memo or payment is applied to an invoice or debit memo.
CREATE TABLE seriatim_application (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    source_document_id TEXT NOT NULL,
    target_document_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, source_document_id, target_document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seriatim_application_by_target
    ON seriatim_application (tenant_id, entity_id, target_document_id);
