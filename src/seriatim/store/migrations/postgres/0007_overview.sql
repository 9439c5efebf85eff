-- What the console's overview shows without reading the register: numbers a day, counted behind
-- the issuing; and what each series was last found to be when it was verified.

-- Never written to before; now by the time zone that decides what a day is, so that another zone
-- begins a count of its own and the one before it stays.
DROP TABLE seriatim_daily_count;
CREATE TABLE seriatim_daily_count (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    time_zone text NOT NULL,
    day date NOT NULL,
    series_id uuid NOT NULL,
    issued_count bigint NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, time_zone, day, series_id)
);

-- The same for all series of a document type together: five rows a day, however many series.
CREATE TABLE seriatim_daily_total (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    time_zone text NOT NULL,
    day date NOT NULL,
    document_type text NOT NULL,
    issued_count bigint NOT NULL,
    voided_count bigint NOT NULL,
    expired_count bigint NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, time_zone, day, document_type)
);

-- Up to which entry each series is counted, and how far it had got then.
CREATE TABLE seriatim_series_tally (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    time_zone text NOT NULL,
    series_id uuid NOT NULL,
    entry_number bigint NOT NULL,
    last_number numeric(20, 0) NOT NULL,
    PRIMARY KEY (tenant_id, entity_id, time_zone, series_id)
);
CREATE INDEX seriatim_series_tally_by_use
    ON seriatim_series_tally (tenant_id, entity_id, time_zone, last_number);

CREATE TABLE seriatim_verification (
    tenant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    series_id uuid NOT NULL,
    verified_at timestamptz NOT NULL,
    actor text NOT NULL,
    is_sound boolean NOT NULL,
    sound_at timestamptz,
    entry_count bigint NOT NULL,
    number_count numeric(20, 0) NOT NULL,
    fault_entry bigint,
    fault_invariant integer,
    fault_message text,
    PRIMARY KEY (tenant_id, entity_id, series_id),
    CHECK (is_sound = (fault_message IS NULL))
);
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
