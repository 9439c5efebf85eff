-- name: list_set_places
-- The living sets behind a position, in order of creation, DEFAULT first.
SELECT sequence_set_id, position FROM seriatim_sequence_set
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND deleted_at IS NULL
    AND position > :after_position
ORDER BY position LIMIT :row_count;

-- name: find_set_position
-- The position of the living set behind so many others, counted in the index alone.
SELECT position FROM seriatim_sequence_set
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND deleted_at IS NULL
ORDER BY position LIMIT 1 OFFSET :skipped_rows;

-- name: find_key_holder
-- The name of the living set that a key already stands for.
SELECT s.sequence_set_id, s.name
FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.sequence_set_id = (
    SELECT k.sequence_set_id FROM seriatim_sequence_set_key k
    WHERE k.tenant_id = :tenant_id AND k.entity_id = :entity_id AND k.key_folded = :key_folded
);

-- name: insert_set!
INSERT INTO seriatim_sequence_set (
    tenant_id, entity_id, sequence_set_id, sequence_set_number, name, is_default, chronological,
    revision, position, created_at, updated_at
) VALUES (
    :tenant_id, :entity_id, :sequence_set_id, :sequence_set_number, :name, :is_default,
    :chronological, 1, :position, :recorded_at, :recorded_at
);

-- name: insert_set_key!
INSERT INTO seriatim_sequence_set_key (tenant_id, entity_id, key_folded, sequence_set_id)
VALUES (:tenant_id, :entity_id, :key_folded, :sequence_set_id);

-- name: delete_set_keys!
-- A deleted or renamed set gives its keys back.
DELETE FROM seriatim_sequence_set_key
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND key_folded = :key_folded
    AND sequence_set_id = :sequence_set_id;

-- name: update_set!
UPDATE seriatim_sequence_set
SET name = :name, chronological = :chronological, revision = :revision, updated_at = :recorded_at
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND sequence_set_id = :sequence_set_id;

-- name: mark_set_deleted!
UPDATE seriatim_sequence_set SET deleted_at = :recorded_at, updated_at = :recorded_at
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND sequence_set_id = :sequence_set_id;

-- name: point_set_at_series!
-- Join a series for one document type, instead of the one the set named before.
INSERT INTO seriatim_set_numbering (
    tenant_id, entity_id, sequence_set_id, document_type, series_id, chronological
) VALUES (
    :tenant_id, :entity_id, :sequence_set_id, :document_type, :series_id, :chronological
)
ON CONFLICT (tenant_id, entity_id, sequence_set_id, document_type, effective_from, period_key)
DO UPDATE SET series_id = excluded.series_id, chronological = excluded.chronological;

-- name: note_chronology!
-- Beside each series that the set names, so that the series' own mark is found whatever number of
-- sets share it.
UPDATE seriatim_set_numbering SET chronological = :chronological
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND sequence_set_id = :sequence_set_id;

-- name: clear_set_numbering!
DELETE FROM seriatim_set_numbering
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND sequence_set_id = :sequence_set_id
    AND document_type = :document_type;

-- name: count_set_use
-- The accounts that a set is assigned to, and the drafts that it numbers.
SELECT
    (SELECT count(*) FROM seriatim_account a
     WHERE a.tenant_id = :tenant_id AND a.entity_id = :entity_id
        AND a.sequence_set_id = :sequence_set_id),
    (SELECT count(*) FROM seriatim_document d
     WHERE d.tenant_id = :tenant_id AND d.entity_id = :entity_id
        AND d.sequence_set_id = :sequence_set_id AND d.is_draft);

-- name: find_account_set
-- The account by id or number, and the set it was given.
SELECT account_id, sequence_set_id FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND account_id = :account_id;

-- name: find_account_set_by_number
SELECT account_id, sequence_set_id FROM seriatim_account
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND account_number_folded = :account_number_folded;
