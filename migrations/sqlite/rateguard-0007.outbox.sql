-- Who is told of what, and how far that has come. state: 0 waits, 1 delivered,
-- 2 given up. No id is given twice: somebody may still hold one that was purged.
-- depends: rateguard-0006.resets

CREATE TABLE IF NOT EXISTS rateguard_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id varchar(36) NOT NULL,
    notifier varchar(64) NOT NULL,
    kind varchar(32) NOT NULL,
    sender varchar(255) NOT NULL,
    payload text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    since timestamp NOT NULL,
    due_at timestamp NOT NULL,
    state tinyint NOT NULL DEFAULT 0,
    finished_at timestamp NULL,
    error varchar(255) NOT NULL DEFAULT ''
);

CREATE INDEX IF NOT EXISTS rateguard_outbox_due_index
    ON rateguard_outbox (notifier, state, due_at);

CREATE INDEX IF NOT EXISTS rateguard_outbox_finished_index
    ON rateguard_outbox (state, finished_at);
