-- name: insert_number_texts!
-- Run once for each text, inside the write transaction.
INSERT INTO seriatim_number_text (
    tenant_id, entity_id, text_folded, number_text, document_type, kind, document_id, document_date,
    reference, actor, request_id, recorded_at
) VALUES (
    :tenant_id, :entity_id, :text_folded, :number_text, :document_type, :kind, :document_id,
    :document_date, :reference, :actor, :request_id, :recorded_at
);

-- name: find_number_texts
-- Exact texts, given as JSON.
SELECT text_folded FROM seriatim_number_text
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND text_folded IN (SELECT value FROM json_each(:texts_folded));
