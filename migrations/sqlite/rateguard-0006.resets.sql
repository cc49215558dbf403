-- How far each nightly reset came.
-- depends: rateguard-0005.messages-transaction

CREATE TABLE IF NOT EXISTS rateguard_resets (
    id INTEGER PRIMARY KEY,
    started_at timestamp NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    finished_at timestamp NULL
);
