-- name: has_text_numbers
-- Whether any text outside every series is the given prefix plus a digit (and perhaps more).
SELECT 1 FROM seriatim_number_text
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND text_folded >= :lowest_text AND text_folded < :beyond_text
LIMIT 1;

-- name: find_text_numbers
-- Texts of one length from behind a given one: the numbers of a prefix with so many digits.
SELECT text_folded FROM seriatim_number_text
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND length(text_folded) = :characters
    AND text_folded > :after_text AND text_folded <= :last_text
ORDER BY text_folded
LIMIT :row_count;

-- name: get_number_text
SELECT number_text, document_type, document_date, reference, actor, request_id, recorded_at, document_id
FROM seriatim_number_text
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND text_folded = :text_folded;

-- name: get_import_job
SELECT file_hash, state, lines_total, lines_applied, options, actor, started_at, finished_at
FROM seriatim_import_job
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id;

-- name: insert_import_job!
INSERT INTO seriatim_import_job (
    tenant_id, entity_id, import_id, file_hash, state, lines_total, lines_applied, options, actor,
    started_at
) VALUES (
    :tenant_id, :entity_id, :import_id, :file_hash, :state, :lines_total, :lines_applied,
    :options, :actor, :started_at
);

-- name: advance_import_job!
-- How far a file has been taken in; where it stood before guards against a second importer.
UPDATE seriatim_import_job
SET state = :state, lines_applied = :lines_applied, finished_at = :finished_at
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id
    AND lines_applied = :lines_applied_before AND finished_at IS NULL;

-- name: get_import_upload
SELECT file_hash, byte_count, received_bytes, created_at FROM seriatim_import_upload
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id;

-- name: count_import_uploads
-- How many files an entity has under way, and how many bytes they take.
SELECT count(*), COALESCE(sum(byte_count), 0) FROM seriatim_import_upload
WHERE tenant_id = :tenant_id AND entity_id = :entity_id;

-- name: list_abandoned_uploads
-- For the sweeper, which looks after every tenant.
SELECT tenant_id, entity_id, import_id FROM seriatim_import_upload
WHERE created_at < :created_until
ORDER BY created_at
LIMIT :row_count;

-- name: insert_import_upload!
INSERT INTO seriatim_import_upload (
    tenant_id, entity_id, import_id, file_hash, byte_count, received_bytes, created_at
) VALUES (
    :tenant_id, :entity_id, :import_id, :file_hash, :byte_count, 0, :created_at
);

-- name: advance_import_upload!
-- What was there before guards against a second sender.
UPDATE seriatim_import_upload SET received_bytes = :received_bytes
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id
    AND received_bytes = :first_byte;

-- name: renew_import_upload!
UPDATE seriatim_import_upload SET created_at = :created_at
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id;

-- name: shorten_abandoned_upload!
-- Not one that was announced anew meanwhile.
UPDATE seriatim_import_upload SET received_bytes = :received_bytes
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id
    AND created_at < :created_until;

-- name: insert_import_part!
INSERT INTO seriatim_import_part (tenant_id, entity_id, import_id, first_byte, content)
VALUES (:tenant_id, :entity_id, :import_id, :first_byte, :content);

-- name: get_import_part
SELECT content FROM seriatim_import_part
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id
    AND first_byte = :first_byte;

-- name: list_last_import_parts
SELECT first_byte FROM seriatim_import_part
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id
ORDER BY first_byte DESC
LIMIT :row_count;

-- name: delete_import_parts!
-- Those from a byte on.
DELETE FROM seriatim_import_part
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id
    AND first_byte >= :first_byte;

-- name: delete_import_upload!
DELETE FROM seriatim_import_upload
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND import_id = :import_id;
