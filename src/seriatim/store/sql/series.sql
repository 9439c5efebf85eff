-- name: get_series
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id AND r.series_id = :series_id;

-- name: list_series
-- A page of series in the order of their prefixes, from behind a given one.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND (r.prefix_folded, r.document_type) > (:after_prefix, :after_document_type)
ORDER BY r.prefix_folded, r.document_type
LIMIT :row_count;

-- name: find_series_by_prefix
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND r.prefix_folded = :prefix_folded AND r.document_type = :document_type;

-- name: insert_series!
INSERT INTO seriatim_series (
    tenant_id, entity_id, series_id, document_type, prefix, prefix_folded, origin, last_number,
    head_hash, created_at
) VALUES (
    :tenant_id, :entity_id, :series_id, :document_type, :prefix, :prefix_folded, :origin,
    :last_number, :head_hash, :recorded_at
);

-- name: start_series_at!
-- A series without entries starts where it is told; a released one comes back into use.
UPDATE seriatim_series
SET origin = :origin, last_number = :last_number, prefix = :prefix, head_hash = :head_hash,
    released_at = NULL
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND last_entry_number = 0;

-- name: set_clear_until!
UPDATE seriatim_series SET clear_until = :clear_until
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id;

-- name: release_series!
UPDATE seriatim_series SET released_at = :recorded_at
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id;

-- name: find_prefix_owner
SELECT prefix, document_type FROM seriatim_prefix_owner
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND prefix_folded = :prefix_folded;

-- name: insert_prefix_owner!
INSERT INTO seriatim_prefix_owner (
    tenant_id, entity_id, prefix_folded, prefix, document_type, owned_since
) VALUES (
    :tenant_id, :entity_id, :prefix_folded, :prefix, :document_type, :recorded_at
);

-- name: delete_prefix_owner!
-- Only for a prefix that never gave a number: its owner is released.
DELETE FROM seriatim_prefix_owner
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND prefix_folded = :prefix_folded;

-- name: list_stopped_series
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id AND r.series_id > :after_series_id
    AND r.stopped_because IS NOT NULL
ORDER BY r.series_id
LIMIT :row_count;

-- name: list_entangled_series
-- The series some of whose numbers may be taken by somebody else.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id AND r.series_id > :after_series_id
    AND r.clear_until IS NOT NULL
ORDER BY r.series_id
LIMIT :row_count;
