-- name: list_documents_referring
-- The documents that were made from one: memos of an invoice, refunds of a payment or credit memo.
SELECT document_id, document_type, document_number, state, document_date, currency, amount
FROM seriatim_document
WHERE tenant_id = :tenant_id AND entity_id = :entity_id
    AND referred_document_id IS NOT NULL AND referred_document_id = :document_id
ORDER BY position, document_id
LIMIT :row_count;

-- name: list_documents_applied_to
-- What a credit memo or payment is applied to, with how much of it.
SELECT d.document_id, d.document_type, d.document_number, d.state, d.document_date, d.currency,
       a.amount
FROM seriatim_application a
JOIN seriatim_document d
    ON d.tenant_id = a.tenant_id AND d.entity_id = a.entity_id
        AND d.document_id = a.target_document_id
WHERE a.tenant_id = :tenant_id AND a.entity_id = :entity_id
    AND a.source_document_id = :document_id
ORDER BY a.target_document_id
LIMIT :row_count;
