-- name: insert_number_texts!
-- All texts of a transaction in one statement: each column comes as an array.
INSERT INTO seriatim_number_text (
    tenant_id, entity_id, text_folded, number_text, document_type, kind, document_id, document_date,
    reference, actor, request_id, recorded_at
)
SELECT * FROM unnest(
    :tenant_id::uuid[], :entity_id::uuid[], :text_folded::text[], :number_text::text[],
    :document_type::text[], :kind::text[], :document_id::uuid[], :document_date::date[],
    :reference::text[], :actor::text[], :request_id::uuid[], :recorded_at::timestamptz[]
);

-- name: find_number_texts
-- Exact texts, given as an array.
SELECT text_folded FROM seriatim_number_text
WHERE tenant_id = :tenant_id AND entity_id = :entity_id AND text_folded = ANY(:texts_folded::text[]);
