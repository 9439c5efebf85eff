-- Sets are counted to find a page by its number alone. With its condition among its columns the
-- index is enough: otherwise SQLite reads each set, which takes thirty times as long. Positions
-- are given under the entity's lock, so that no two sets share one.
DROP INDEX seriatim_sequence_set_in_order;
CREATE INDEX seriatim_sequence_set_in_order
    ON seriatim_sequence_set (tenant_id, entity_id, position, deleted_at) WHERE deleted_at IS NULL;
