-- name: lock_series
-- Rows are locked in the order of their ids, so that two issues never wait for each other.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because
FROM series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND r.series_id = ANY(:series_ids::uuid[])
ORDER BY r.series_id
FOR UPDATE;

-- name: find_series_with_prefixes
-- Exact prefixes, given as an array, whatever their document type.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because
FROM series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND r.prefix_folded = ANY(:prefixes_folded::text[])
    AND r.released_at IS NULL;
