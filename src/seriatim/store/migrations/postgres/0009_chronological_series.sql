-- Whether a living set that names the series asks for dates that never go back: on the row that an
-- issue locks and reads anyway.
ALTER TABLE seriatim_series ADD COLUMN chronological boolean NOT NULL DEFAULT false;
UPDATE seriatim_series SET chronological = true
WHERE EXISTS (
    SELECT 1 FROM seriatim_set_numbering asks
    WHERE asks.tenant_id = seriatim_series.tenant_id AND asks.entity_id = seriatim_series.entity_id
        AND asks.series_id = seriatim_series.series_id AND asks.chronological
);
