-- What documents hold beside their number: how the number came, items, applications; and the
-- indexes that keep the pages of a list as fast with a million documents as with ten.
-- The number of an account never changes, and every answer about a document shows it.
ALTER TABLE seriatim_document ADD COLUMN account_number text NOT NULL DEFAULT '';
ALTER TABLE seriatim_document ADD COLUMN chosen_by text;
ALTER TABLE seriatim_document ADD COLUMN number_origin text NOT NULL DEFAULT 'series'
    CHECK (number_origin IN ('series', 'custom', 'temporary'));
ALTER TABLE seriatim_document ADD COLUMN due_date date;
ALTER TABLE seriatim_document ADD COLUMN refunded numeric NOT NULL DEFAULT 0;
ALTER TABLE seriatim_document ADD COLUMN posted_at timestamptz;

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
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    document_id uuid NOT NULL,
    item_number integer NOT NULL CHECK (item_number >= 1),
    item_id uuid NOT NULL,
    amount numeric NOT NULL,
    details text NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, document_id, item_number)
);

-- How much of a credit memo or payment is applied to an invoice or debit memo.
CREATE TABLE seriatim_application (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    source_document_id uuid NOT NULL,
    target_document_id uuid NOT NULL,
    amount numeric NOT NULL CHECK (amount > 0),
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, source_document_id, target_document_id)
);
CREATE INDEX seriatim_application_by_target
    ON seriatim_application (tenant_id, entity_id, target_document_id);
