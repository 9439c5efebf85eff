-- Tables are joined here one row at a time by their whole key, in the order written: OFFSET 0 keeps
-- the planner from joining by tenant and entity alone, which seems as good to it while it knows
-- nothing of a young table, and reads all rows of an entity for each row of another.

-- name: get_set_rows
-- Living sets by any of their keys, a row for each document type that each numbers, or for the one
-- asked for. The columns come as arrays.
SELECT s.sequence_set_id, s.sequence_set_number, s.name, s.is_default, s.chronological, s.revision,
       e.invoice_settlement, e.flexible_billing_attributes, e.number_assignment, e.time_zone,
       r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological, k.key_folded
FROM unnest(:tenant_id::uuid[], :entity_id::uuid[], :key_folded::text[], :document_type::text[])
    AS wanted (tenant_id, entity_id, key_folded, document_type)
CROSS JOIN LATERAL (
    SELECT * FROM seriatim_sequence_set_key
    WHERE tenant_id = wanted.tenant_id AND entity_id = wanted.entity_id
        AND key_folded = wanted.key_folded COLLATE "C" OFFSET 0
) k
CROSS JOIN LATERAL (
    SELECT * FROM seriatim_sequence_set
    WHERE tenant_id = k.tenant_id AND entity_id = k.entity_id
        AND sequence_set_id = k.sequence_set_id OFFSET 0
) s
CROSS JOIN LATERAL (
    SELECT * FROM seriatim_entity WHERE tenant_id = s.tenant_id AND entity_id = s.entity_id OFFSET 0
) e
LEFT JOIN LATERAL (
    SELECT * FROM seriatim_set_numbering
    WHERE tenant_id = s.tenant_id AND entity_id = s.entity_id
        AND sequence_set_id = s.sequence_set_id
        AND (wanted.document_type IS NULL OR document_type = wanted.document_type) OFFSET 0
) n ON TRUE
LEFT JOIN LATERAL (
    SELECT * FROM seriatim_series
    WHERE tenant_id = n.tenant_id AND entity_id = n.entity_id AND series_id = n.series_id OFFSET 0
) r ON TRUE;

-- name: list_set_rows
-- The living ones of some sets, a row for each document type they number. Which ones comes as an
-- array: over a LIMIT the planner would think anew each time, for longer than the reading takes.
SELECT s.sequence_set_id, s.sequence_set_number, s.name, s.is_default, s.chronological, s.revision,
       e.invoice_settlement, e.flexible_billing_attributes, e.number_assignment, e.time_zone,
       r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_sequence_set s
CROSS JOIN LATERAL (
    SELECT * FROM seriatim_entity WHERE tenant_id = s.tenant_id AND entity_id = s.entity_id OFFSET 0
) e
LEFT JOIN LATERAL (
    SELECT * FROM seriatim_set_numbering
    WHERE tenant_id = s.tenant_id AND entity_id = s.entity_id
        AND sequence_set_id = s.sequence_set_id OFFSET 0
) n ON TRUE
LEFT JOIN LATERAL (
    SELECT * FROM seriatim_series
    WHERE tenant_id = n.tenant_id AND entity_id = n.entity_id AND series_id = n.series_id OFFSET 0
) r ON TRUE
WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id AND s.deleted_at IS NULL
    AND s.sequence_set_id = ANY(:sequence_set_ids::uuid[]);

-- name: find_sets_naming
-- Some of the living sets that name a series, in order of creation. Which ones is left open: a
-- hundred thousand may share one.
SELECT found.name, found.chronological FROM (
    SELECT s.name, s.chronological, s.position
    FROM seriatim_set_numbering n
    CROSS JOIN LATERAL (
        SELECT * FROM seriatim_sequence_set
        WHERE tenant_id = n.tenant_id AND entity_id = n.entity_id
            AND sequence_set_id = n.sequence_set_id OFFSET 0
    ) s
    WHERE n.tenant_id = :tenant_id AND n.entity_id = :entity_id AND n.series_id = :series_id
        AND s.deleted_at IS NULL
    LIMIT :row_count
) found
ORDER BY found.position;

-- name: count_drafts_by_type
SELECT document_type, count(*) FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND sequence_set_id = :sequence_set_id AND is_draft
GROUP BY document_type;

-- name: mark_series_of_set!
-- Whether any living set asks for rising dates stands at the series itself, which an issue reads
-- under its lock; those that a set names are marked anew. Only where it changes: a lock less.
UPDATE seriatim_series SET chronological = NOT chronological
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND series_id IN (
        SELECT series_id FROM seriatim_set_numbering
        WHERE tenant_id = :tenant_id AND entity_id = :entity_id
            AND sequence_set_id = :sequence_set_id
    )
    AND chronological <> EXISTS (
        SELECT 1 FROM seriatim_set_numbering n
        WHERE n.tenant_id = :tenant_id AND n.entity_id = :entity_id
            AND n.series_id = seriatim_series.series_id AND n.chronological
    );

-- name: mark_series!
-- The same for one series, which a set joined or left.
UPDATE seriatim_series SET chronological = NOT chronological
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND chronological <> EXISTS (
        SELECT 1 FROM seriatim_set_numbering n
        WHERE n.tenant_id = :tenant_id AND n.entity_id = :entity_id
            AND n.series_id = :series_id AND n.chronological
    );

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
