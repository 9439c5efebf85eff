-- name: list_set_rows
-- The living ones of some sets, a row for each document type they number; which ones comes as JSON.
SELECT s.sequence_set_id, s.sequence_set_number, s.name, s.is_default, s.chronological, s.revision,
       e.invoice_settlement, e.flexible_billing_attributes, e.number_assignment, e.time_zone,
       r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_sequence_set s
JOIN seriatim_entity e ON e.tenant_id = s.tenant_id AND e.entity_id = s.entity_id
LEFT JOIN seriatim_set_numbering n ON n.tenant_id = s.tenant_id AND n.entity_id = s.entity_id
    AND n.sequence_set_id = s.sequence_set_id
LEFT JOIN seriatim_series r ON r.tenant_id = n.tenant_id AND r.entity_id = n.entity_id
    AND r.series_id = n.series_id
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND s.sequence_set_id IN (SELECT value FROM json_each(:sequence_set_ids));

-- name: get_set_rows
-- One living set by any of its keys, a row for each document type it numbers, or for the one asked
-- for. Run once for each key.
SELECT s.sequence_set_id, s.sequence_set_number, s.name, s.is_default, s.chronological, s.revision,
       e.invoice_settlement, e.flexible_billing_attributes, e.number_assignment, e.time_zone,
       r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological, k.key_folded
FROM seriatim_sequence_set_key k
JOIN seriatim_sequence_set s ON s.tenant_id = k.tenant_id AND s.entity_id = k.entity_id
    AND s.sequence_set_id = k.sequence_set_id
JOIN seriatim_entity e ON e.tenant_id = k.tenant_id AND e.entity_id = k.entity_id
LEFT JOIN seriatim_set_numbering n ON n.tenant_id = s.tenant_id AND n.entity_id = s.entity_id
    AND n.sequence_set_id = s.sequence_set_id
    AND (:document_type IS NULL OR n.document_type = :document_type)
LEFT JOIN seriatim_series r ON r.tenant_id = n.tenant_id AND r.entity_id = n.entity_id
    AND r.series_id = n.series_id
WHERE k.tenant_id = :tenant_id AND k.entity_id = :entity_id AND k.key_folded = :key_folded;

-- name: find_sets_naming
-- Some of the living sets that name a series, in order of creation. Which ones is left open: a
-- hundred thousand may share one. CROSS: left to itself, SQLite begins with the sets, all of them.
SELECT found.name, found.chronological FROM (
    SELECT s.name, s.chronological, s.position
    FROM seriatim_set_numbering n
    CROSS JOIN seriatim_sequence_set s ON s.tenant_id = n.tenant_id AND s.entity_id = n.entity_id
        AND s.sequence_set_id = n.sequence_set_id
    WHERE n.tenant_id = :tenant_id AND n.entity_id = :entity_id AND n.series_id = :series_id
        AND s.deleted_at IS NULL
    LIMIT :row_count
) found
ORDER BY found.position;

-- name: count_drafts_by_type
-- Left to itself, SQLite walks all documents of the entity, which come by type.
SELECT document_type, count(*)
FROM seriatim_document INDEXED BY seriatim_document_drafts_by_set
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND sequence_set_id = :sequence_set_id AND is_draft
GROUP BY document_type;

-- name: mark_series_of_set!
-- Whether any living set asks for rising dates stands at the series itself, which an issue reads
-- under its lock; those that a set names are marked anew. The index is named: SQLite would
-- rather walk the numberings of all sets of the entity.
UPDATE seriatim_series SET chronological = NOT chronological
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND series_id IN (
        SELECT series_id FROM seriatim_set_numbering
        WHERE tenant_id = :tenant_id AND entity_id = :entity_id
            AND sequence_set_id = :sequence_set_id
    )
    AND chronological <> EXISTS (
        SELECT 1 FROM seriatim_set_numbering n INDEXED BY seriatim_set_numbering_chronological
        WHERE n.tenant_id = :tenant_id AND n.entity_id = :entity_id
            AND n.series_id = seriatim_series.series_id AND n.chronological
    );

-- name: mark_series!
-- The same for one series, which a set joined or left.
UPDATE seriatim_series SET chronological = NOT chronological
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND chronological <> EXISTS (
        SELECT 1 FROM seriatim_set_numbering n INDEXED BY seriatim_set_numbering_chronological
        WHERE n.tenant_id = :tenant_id AND n.entity_id = :entity_id
            AND n.series_id = :series_id AND n.chronological
    );

-- name: list_sets_by_name
-- The living sets behind a name whose name, number or one of whose prefixes holds the text. The
-- prefixes are looked through once, in an index that holds all that is read of them, and not set
-- by set, which took twenty times as long; CROSS JOIN keeps the tables in this order.
SELECT s.sequence_set_id, lower(s.name) FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND lower(s.name) > :after_name
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR s.sequence_set_id IN (
            SELECT n.sequence_set_id
            FROM seriatim_series p
            CROSS JOIN seriatim_series r ON r.tenant_id = :tenant_id AND r.entity_id = :entity_id
                AND r.prefix_folded = p.prefix_folded AND r.document_type = p.document_type
            CROSS JOIN seriatim_set_numbering n ON n.tenant_id = :tenant_id
                AND n.entity_id = :entity_id AND n.series_id = r.series_id
            WHERE p.tenant_id = :tenant_id AND p.entity_id = :entity_id
                AND p.prefix_folded > '' AND p.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY lower(s.name) LIMIT :row_count;

-- name: list_sets_by_name_backwards
-- The same from the end; an empty name is behind all of them.
SELECT s.sequence_set_id, lower(s.name) FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND (:after_name = '' OR lower(s.name) < :after_name)
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR s.sequence_set_id IN (
            SELECT n.sequence_set_id
            FROM seriatim_series p
            CROSS JOIN seriatim_series r ON r.tenant_id = :tenant_id AND r.entity_id = :entity_id
                AND r.prefix_folded = p.prefix_folded AND r.document_type = p.document_type
            CROSS JOIN seriatim_set_numbering n ON n.tenant_id = :tenant_id
                AND n.entity_id = :entity_id AND n.series_id = r.series_id
            WHERE p.tenant_id = :tenant_id AND p.entity_id = :entity_id
                AND p.prefix_folded > '' AND p.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY lower(s.name) DESC LIMIT :row_count;

-- name: list_sets_by_position
-- The same in order of creation, DEFAULT first.
SELECT s.sequence_set_id, s.position FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND s.position > :after_position
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR s.sequence_set_id IN (
            SELECT n.sequence_set_id
            FROM seriatim_series p
            CROSS JOIN seriatim_series r ON r.tenant_id = :tenant_id AND r.entity_id = :entity_id
                AND r.prefix_folded = p.prefix_folded AND r.document_type = p.document_type
            CROSS JOIN seriatim_set_numbering n ON n.tenant_id = :tenant_id
                AND n.entity_id = :entity_id AND n.series_id = r.series_id
            WHERE p.tenant_id = :tenant_id AND p.entity_id = :entity_id
                AND p.prefix_folded > '' AND p.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY s.position LIMIT :row_count;

-- name: list_sets_by_position_backwards
-- The same, the newest first.
SELECT s.sequence_set_id, s.position FROM seriatim_sequence_set s
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND s.position < :after_position
    AND (:pattern = '' OR lower(s.name) LIKE :pattern ESCAPE '!'
        OR lower(s.sequence_set_number) LIKE :pattern ESCAPE '!' OR s.sequence_set_id IN (
            SELECT n.sequence_set_id
            FROM seriatim_series p
            CROSS JOIN seriatim_series r ON r.tenant_id = :tenant_id AND r.entity_id = :entity_id
                AND r.prefix_folded = p.prefix_folded AND r.document_type = p.document_type
            CROSS JOIN seriatim_set_numbering n ON n.tenant_id = :tenant_id
                AND n.entity_id = :entity_id AND n.series_id = r.series_id
            WHERE p.tenant_id = :tenant_id AND p.entity_id = :entity_id
                AND p.prefix_folded > '' AND p.prefix_folded LIKE :pattern ESCAPE '!'
        ))
ORDER BY s.position DESC LIMIT :row_count;
