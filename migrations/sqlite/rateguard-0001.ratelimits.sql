-- One row a sender.

CREATE TABLE IF NOT EXISTS ratelimits (
    id INTEGER PRIMARY KEY,
    sender varchar(255) NOT NULL,
    quota int unsigned NOT NULL DEFAULT 1000,
    quota_reset int unsigned NOT NULL DEFAULT 1000,
    quota_locked tinyint NOT NULL DEFAULT 0,
    msg_counter int unsigned NOT NULL DEFAULT 0,
    rcpt_counter int unsigned NOT NULL DEFAULT 0,
    msg_total int unsigned NOT NULL DEFAULT 0,
    rcpt_total int unsigned NOT NULL DEFAULT 0,
    created_at timestamp NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp NULL DEFAULT CURRENT_TIMESTAMP
);
