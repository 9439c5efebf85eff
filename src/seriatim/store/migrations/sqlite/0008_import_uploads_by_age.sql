-- Files that were announced long ago and never imported are swept away, of every tenant.
CREATE INDEX seriatim_import_upload_by_age ON seriatim_import_upload (created_at);
