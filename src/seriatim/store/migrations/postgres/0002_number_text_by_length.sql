-- Which texts outside every series read as numbers of a given prefix: those of one length lie
-- between two texts, so that the first one from a number on is found without reading the rest.
CREATE INDEX seriatim_number_text_by_length
    ON seriatim_number_text (tenant_id, entity_id, length(text_folded), text_folded);
