-- name: insert_checkpoint!
-- The first one of an entry stays: checkpoints are append-only.
INSERT INTO seriatim_checkpoint (
    tenant_id, entity_id, series_id, entry_number, head_hash, last_number, key_id, signature,
    signed_at
)
SELECT :tenant_id, :entity_id, :series_id, :entry_number, :head_hash, :last_number, :key_id,
       :signature, :signed_at
WHERE NOT EXISTS (
    SELECT 1 FROM seriatim_checkpoint
    WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
        AND entry_number = :entry_number
);

-- name: find_latest_checkpoint
-- The last one up to an entry.
SELECT entry_number, head_hash, last_number, key_id, signature, signed_at
FROM seriatim_checkpoint
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND entry_number <= :up_to_entry_number
ORDER BY entry_number DESC
LIMIT 1;

-- name: list_checkpoints
-- Those of a stretch of entries, in their order.
SELECT entry_number, head_hash, last_number, key_id, signature, signed_at
FROM seriatim_checkpoint
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND entry_number > :after_entry_number AND entry_number <= :up_to_entry_number
ORDER BY entry_number;

-- name: list_series_that_moved
-- A slice of all series that have entries behind their last checkpoint, in the order of their ids.
SELECT r.tenant_id, r.entity_id, r.series_id, c.signed_at
FROM seriatim_series r
LEFT JOIN seriatim_checkpoint c
    ON c.tenant_id = r.tenant_id AND c.entity_id = r.entity_id AND c.series_id = r.series_id
    AND c.entry_number = (
        SELECT max(l.entry_number) FROM seriatim_checkpoint l
        WHERE l.tenant_id = r.tenant_id AND l.entity_id = r.entity_id
            AND l.series_id = r.series_id
    )
WHERE (r.tenant_id, r.entity_id, r.series_id) > (:after_tenant, :after_entity, :after_series)
    AND r.last_entry_number > COALESCE(c.entry_number, 0)
ORDER BY r.tenant_id, r.entity_id, r.series_id
LIMIT :row_count;

-- name: list_moves
-- A slice of the entries that refer to others, each with the entry referred to, in its order.
SELECT m.entry_number, m.kind, m.first_number, m.last_number, m.refers_to,
       t.kind, t.first_number, t.last_number
FROM seriatim_register m
LEFT JOIN seriatim_register t
    ON t.tenant_id = m.tenant_id AND t.entity_id = m.entity_id AND t.series_id = m.series_id
    AND t.entry_number = m.refers_to
WHERE m.tenant_id = :tenant_id AND m.entity_id = :entity_id AND m.series_id = :series_id
    AND m.refers_to IS NOT NULL
    AND (m.refers_to, m.entry_number) > (:after_refers_to, :after_entry_number)
    AND m.entry_number <= :up_to_entry_number
ORDER BY m.refers_to, m.entry_number
LIMIT :row_count;

-- name: find_numbers_dated
-- The smallest range that holds every number of the series with a document date in a period.
SELECT min(first_number), max(last_number)
FROM seriatim_register
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id
    AND document_date IS NOT NULL
    AND document_date >= :first_date AND document_date <= :last_date
    AND refers_to IS NULL
    AND first_number >= :lowest_number AND last_number <= :highest_number
    AND entry_number <= :up_to_entry_number;

-- name: insert_certificate!
INSERT INTO seriatim_certificate (
    tenant_id, entity_id, certificate_id, series_id, first_number, last_number, body, actor,
    issued_at
) VALUES (
    :tenant_id, :entity_id, :certificate_id, :series_id, :first_number, :last_number, :body,
    :actor, :issued_at
);

-- name: get_certificate
SELECT body FROM seriatim_certificate
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND certificate_id = :certificate_id;

-- name: keep_verification!
-- The latest one of a series, and when it was last sound.
INSERT INTO seriatim_verification (
    tenant_id, entity_id, series_id, verified_at, actor, is_sound, sound_at, entry_count,
    number_count, fault_entry, fault_invariant, fault_message
) VALUES (
    :tenant_id, :entity_id, :series_id, :verified_at, :actor, :is_sound, :sound_at, :entry_count,
    :number_count, :fault_entry, :fault_invariant, :fault_message
)
ON CONFLICT (tenant_id, entity_id, series_id) DO UPDATE
SET verified_at = excluded.verified_at, actor = excluded.actor, is_sound = excluded.is_sound,
    sound_at = COALESCE(excluded.sound_at, seriatim_verification.sound_at),
    entry_count = excluded.entry_count, number_count = excluded.number_count,
    fault_entry = excluded.fault_entry, fault_invariant = excluded.fault_invariant,
    fault_message = excluded.fault_message
WHERE excluded.verified_at >= seriatim_verification.verified_at;

-- name: find_verification
SELECT series_id, verified_at, actor, is_sound, sound_at, entry_count, number_count, fault_entry,
       fault_invariant, fault_message
FROM seriatim_verification
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND series_id = :series_id;

-- name: find_latest_verification
-- Of all series of the entity.
SELECT series_id, verified_at, actor, is_sound, sound_at, entry_count, number_count, fault_entry,
       fault_invariant, fault_message
FROM seriatim_verification
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
ORDER BY verified_at DESC
LIMIT 1;

-- name: list_faulty_verifications
SELECT series_id, verified_at, actor, is_sound, sound_at, entry_count, number_count, fault_entry,
       fault_invariant, fault_message
FROM seriatim_verification
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND NOT is_sound
ORDER BY series_id
LIMIT :row_count;
