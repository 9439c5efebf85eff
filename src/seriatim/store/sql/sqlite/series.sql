-- name: lock_series
-- The write transaction holds the one lock there is. Run once for each series: most transactions
-- need one, which is found sooner than the list of a JSON array is opened.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND r.series_id = :series_id;

-- name: find_series_extending
-- The series whose prefix is a given one plus digits (and perhaps more), for entanglement; so many.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND r.prefix_folded >= :lowest_prefix AND r.prefix_folded < :beyond_prefix
    AND r.released_at IS NULL
LIMIT :row_count;

-- name: find_series_with_prefixes
-- Exact prefixes, given as JSON, whatever their document type. The index, that of the UNIQUE
-- constraint, is named: the planner would rather walk all series of the entity.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r INDEXED BY sqlite_autoindex_seriatim_series_2
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND r.prefix_folded IN (SELECT value FROM json_each(:prefixes_folded))
    AND r.released_at IS NULL;

-- name: advance_series!
-- The series after its new entries; the entry number it had before guards the chain.
UPDATE seriatim_series
SET last_number = :last_number, last_entry_number = :last_entry_number, head_hash = :head_hash,
    clear_until = :clear_until, last_document_date = :last_document_date,
    issued_count = :issued_count, voided_count = :voided_count, skipped_count = :skipped_count,
    imported_count = :imported_count
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND last_entry_number = :previous_entry_number;
