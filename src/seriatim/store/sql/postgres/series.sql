-- name: lock_series
-- Rows are locked in the order of their ids, so that two issues never wait for each other. The
-- columns come as arrays; all rows are of one entity.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = (:tenant_id::uuid[])[1] AND r.entity_id = (:entity_id::uuid[])[1]
    AND r.series_id = ANY(:series_id::uuid[])
ORDER BY r.series_id
FOR UPDATE;

-- name: find_series_extending
-- The series whose prefix is one of the given ones plus digits (and perhaps more), for
-- entanglement: so many for each, in one statement; each column comes as an array.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :lowest_prefix::text[], :beyond_prefix::text[],
    :row_count::bigint[]
) AS wanted (tenant_id, entity_id, lowest_prefix, beyond_prefix, row_count)
CROSS JOIN LATERAL (
    SELECT * FROM seriatim_series
    WHERE tenant_id = wanted.tenant_id AND entity_id = wanted.entity_id
        AND prefix_folded >= wanted.lowest_prefix COLLATE "C"
        AND prefix_folded < wanted.beyond_prefix COLLATE "C"
        AND released_at IS NULL
    LIMIT wanted.row_count
) r;

-- name: find_series_with_prefixes
-- Exact prefixes, given as an array, whatever their document type.
SELECT r.series_id, r.document_type, r.prefix, r.origin, r.last_number, r.last_entry_number,
       r.head_hash, r.clear_until, r.last_document_date, r.issued_count, r.voided_count,
       r.skipped_count, r.imported_count, r.released_at, r.stopped_because, r.chronological
FROM seriatim_series r
WHERE r.tenant_id = :tenant_id AND r.entity_id = :entity_id
    AND r.prefix_folded = ANY(:prefixes_folded::text[])
    AND r.released_at IS NULL;

-- name: advance_series!
-- All series of a transaction in one statement: each column comes as an array. The entry number
-- that a series had before guards its chain.
-- Each row is found by itself, in the order written (OFFSET 0): told that the table is empty, the
-- planner would read all of it for each of them.
UPDATE seriatim_series r
SET last_number = moved.last_number, last_entry_number = moved.last_entry_number,
    head_hash = moved.head_hash, clear_until = moved.clear_until,
    last_document_date = moved.last_document_date, issued_count = moved.issued_count,
    voided_count = moved.voided_count, skipped_count = moved.skipped_count,
    imported_count = moved.imported_count
FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :series_id::uuid[],
    :previous_entry_number::bigint[], :last_number::numeric[], :last_entry_number::bigint[],
    :head_hash::bytea[], :clear_until::numeric[], :last_document_date::date[],
    :issued_count::numeric[], :voided_count::numeric[], :skipped_count::numeric[],
    :imported_count::numeric[]
) AS moved (
    tenant_id, entity_id, series_id, previous_entry_number, last_number, last_entry_number,
    head_hash, clear_until, last_document_date, issued_count, voided_count, skipped_count,
    imported_count
)
CROSS JOIN LATERAL (
    SELECT ctid FROM seriatim_series
    WHERE tenant_id = moved.tenant_id AND entity_id = moved.entity_id
        AND series_id = moved.series_id OFFSET 0
) AS found
WHERE r.ctid = found.ctid AND r.last_entry_number = moved.previous_entry_number;
