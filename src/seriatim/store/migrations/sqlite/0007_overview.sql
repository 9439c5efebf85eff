-- What the console's overview shows without reading the register: numbers a day, counted behind
-- the issuing; and what each series was last found to be when it was verified.

-- Never written to before; now by the time zone that decides what a day is, so that another zone
-- begins a count of its own and the one before it stays.
DROP TABLE seriatim_daily_count;
CREATE TABLE seriatim_daily_count (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    day TEXT NOT NULL,
    series_id TEXT NOT NULL,
    issued_count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, time_zone, day, series_id)
) STRICT, WITHOUT ROWID;

-- The same for all series of a document type together: five rows a day, however many series.
CREATE TABLE seriatim_daily_total (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    day TEXT NOT NULL,
    document_type TEXT NOT NULL,
    issued_count INTEGER NOT NULL,
    voided_count INTEGER NOT NULL,
    expired_count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, time_zone, day, document_type)
) STRICT, WITHOUT ROWID;

-- Up to which entry each series is counted, and how far it had got then.
CREATE TABLE seriatim_series_tally (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    series_id TEXT NOT NULL,
    entry_number INTEGER NOT NULL,
    last_number TEXT NOT NULL CHECK (length(last_number) = 20),
    PRIMARY KEY (tenant_id, entity_id, time_zone, series_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seriatim_series_tally_by_use
    ON seriatim_series_tally (tenant_id, entity_id, time_zone, last_number);

CREATE TABLE seriatim_verification (
    tenant_id TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    series_id TEXT NOT NULL,
    verified_at TEXT NOT NULL,
    actor TEXT NOT NULL,
    is_sound INTEGER NOT NULL,
    sound_at TEXT,
    entry_count INTEGER NOT NULL,
    number_count TEXT NOT NULL CHECK (length(number_count) = 20),
    fault_entry INTEGER,
    fault_invariant INTEGER,
    fault_message TEXT,
    PRIMARY KEY (tenant_id, entity_id, series_id),
    CHECK (is_sound = (fault_message IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX seriatim_verification_by_time
    ON seriatim_verification (tenant_id, entity_id, verified_at);
CREATE INDEX seriatim_verification_faulty
    ON seriatim_verification (tenant_id, entity_id, series_id) WHERE NOT is_sound;

CREATE INDEX seriatim_open_hold_of_entity
    ON seriatim_open_hold (tenant_id, entity_id, hold_until, series_id, first_number);

-- The few series to warn of. What they ask for is the same before and after an ordinary issue, so
-- that an issue costs no write to them.
CREATE INDEX seriatim_series_stopped
    ON seriatim_series (tenant_id, entity_id, series_id) WHERE stopped_because IS NOT NULL;
CREATE INDEX seriatim_series_entangled
    ON seriatim_series (tenant_id, entity_id, series_id) WHERE clear_until IS NOT NULL;
