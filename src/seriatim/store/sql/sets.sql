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

-- name: list_sets_by_name
-- The living sets behind a name whose name, number or one of whose prefixes holds the text.
SELECT s.sequence_set_id, lower(s.name) FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND lower(s.name) > :after_name
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR EXISTS (
            SELECT 1 FROM seriatim_set_numbering n JOIN seriatim_series r
                ON r.tenant_id = n.tenant_id AND r.entity_id = n.entity_id
                AND r.series_id = n.series_id
            WHERE n.tenant_id = s.tenant_id AND n.entity_id = s.entity_id
                AND n.sequence_set_id = s.sequence_set_id
                AND r.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY lower(s.name) LIMIT :row_count;

-- name: list_sets_by_name_backwards
-- The same from the end; an empty name is behind all of them.
SELECT s.sequence_set_id, lower(s.name) FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND (:after_name = '' OR lower(s.name) < :after_name)
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR EXISTS (
            SELECT 1 FROM seriatim_set_numbering n JOIN seriatim_series r
                ON r.tenant_id = n.tenant_id AND r.entity_id = n.entity_id
                AND r.series_id = n.series_id
            WHERE n.tenant_id = s.tenant_id AND n.entity_id = s.entity_id
                AND n.sequence_set_id = s.sequence_set_id
                AND r.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY lower(s.name) DESC LIMIT :row_count;

-- name: list_sets_by_position
-- The same in order of creation, DEFAULT first.
SELECT s.sequence_set_id, s.position FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND s.position > :after_position
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR EXISTS (
            SELECT 1 FROM seriatim_set_numbering n JOIN seriatim_series r
                ON r.tenant_id = n.tenant_id AND r.entity_id = n.entity_id
                AND r.series_id = n.series_id
            WHERE n.tenant_id = s.tenant_id AND n.entity_id = s.entity_id
                AND n.sequence_set_id = s.sequence_set_id
                AND r.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY s.position LIMIT :row_count;

-- name: list_sets_by_position_backwards
-- The same, the newest first.
SELECT s.sequence_set_id, s.position FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND s.position < :after_position
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR EXISTS (
            SELECT 1 FROM seriatim_set_numbering n JOIN seriatim_series r
                ON r.tenant_id = n.tenant_id AND r.entity_id = n.entity_id
                AND r.series_id = n.series_id
            WHERE n.tenant_id = s.tenant_id AND n.entity_id = s.entity_id
                AND n.sequence_set_id = s.sequence_set_id
                AND r.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY s.position DESC LIMIT :row_count;
