-- name: settings
-- The settings on which every acknowledgement rests, and the server's version.
SELECT current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('full_page_writes') AS full_page_writes,
    current_setting('data_sync_retry') AS data_sync_retry,
    current_setting('server_version_num')::int AS version;
