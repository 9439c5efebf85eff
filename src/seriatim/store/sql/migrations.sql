-- name: list_migrations
SELECT version, checksum FROM seriatim_schema_migration ORDER BY version;

-- name: insert_migration!
INSERT INTO seriatim_schema_migration (version, name, checksum) VALUES (:version, :name, :checksum);
