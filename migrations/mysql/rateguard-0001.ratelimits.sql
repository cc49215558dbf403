-- One row a sender. Kept as it is where policyd-rate-guard made it.

CREATE TABLE IF NOT EXISTS ratelimits (
    id bigint unsigned NOT NULL AUTO_INCREMENT,
    sender varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    quota int unsigned NOT NULL DEFAULT 1000,
    quota_reset int unsigned NOT NULL DEFAULT 1000,
    quota_locked tinyint NOT NULL DEFAULT 0,
    msg_counter int unsigned NOT NULL DEFAULT 0,
    rcpt_counter int unsigned NOT NULL DEFAULT 0,
    msg_total int unsigned NOT NULL DEFAULT 0,
    rcpt_total int unsigned NOT NULL DEFAULT 0,
    created_at timestamp NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE KEY ratelimits_sender_unique (sender)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
