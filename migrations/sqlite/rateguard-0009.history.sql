-- What operators did. changes: JSON, [name, before, after] of each.
-- depends: rateguard-0008.orders

CREATE TABLE IF NOT EXISTS rateguard_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at timestamp NOT NULL,
    actor varchar(255) NOT NULL,
    action varchar(32) NOT NULL,
    sender varchar(255) NOT NULL,
    changes text NOT NULL,
    reason varchar(1000) NOT NULL DEFAULT ''
);

CREATE INDEX IF NOT EXISTS rateguard_history_sender_index
    ON rateguard_history (sender);
