-- name: list_documents_applied_from
-- What is applied to an invoice or debit memo, with how much. The index is named: SQLite would
-- rather walk all applications of the entity, which come in the order asked for.
SELECT d.document_id, d.document_type, d.document_number, d.state, d.document_date, d.currency,
       a.amount
FROM seriatim_application a INDEXED BY seriatim_application_by_target
JOIN seriatim_document d
    ON d.tenant_id = a.tenant_id AND d.entity_id = a.entity_id
        AND d.document_id = a.source_document_id
WHERE a.tenant_id = :tenant_id AND a.entity_id = :entity_id
    AND a.target_document_id = :document_id
ORDER BY a.source_document_id
LIMIT :row_count;
