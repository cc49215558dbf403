-- One row a message. Kept as it is where policyd-rate-guard made it.
-- depends: rateguard-0001.ratelimits

CREATE TABLE IF NOT EXISTS messages (
    id bigint unsigned NOT NULL AUTO_INCREMENT,
    ratelimit_id bigint unsigned NULL,
    msgid varchar(255) NOT NULL DEFAULT '',
    sender varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    rcpt_count int NOT NULL DEFAULT 1,
    blocked tinyint NOT NULL DEFAULT 0,
    from_addr varchar(255) NOT NULL DEFAULT '',
    to_addr text NULL,
    cc_addr text NULL,
    bcc_addr text NULL,
    subject varchar(255) NOT NULL DEFAULT '',
    client_address varchar(45) NOT NULL DEFAULT '',
    client_name varchar(255) NOT NULL DEFAULT '',
    created_at timestamp NULL DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    KEY messages_created_at_index (created_at),
    CONSTRAINT messages_ratelimit_id_foreign FOREIGN KEY (ratelimit_id)
        REFERENCES ratelimits (id) ON DELETE SET NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
