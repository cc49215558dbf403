-- One row a message.
-- depends: rateguard-0001.ratelimits

CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    ratelimit_id INTEGER NULL REFERENCES ratelimits (id) ON DELETE SET NULL,
    msgid varchar(255) NOT NULL DEFAULT '',
    sender varchar(255) NOT NULL,
    rcpt_count int NOT NULL DEFAULT 1,
    blocked tinyint NOT NULL DEFAULT 0,
    from_addr varchar(255) NOT NULL DEFAULT '',
    to_addr text NULL,
    cc_addr text NULL,
    bcc_addr text NULL,
    subject varchar(255) NOT NULL DEFAULT '',
    client_address varchar(45) NOT NULL DEFAULT '',
    client_name varchar(255) NOT NULL DEFAULT '',
    created_at timestamp NULL DEFAULT CURRENT_TIMESTAMP
);
