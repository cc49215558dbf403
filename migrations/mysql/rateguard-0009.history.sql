-- What operators did. changes: JSON, [name, before, after] of each.
-- depends: rateguard-0008.orders

CREATE TABLE IF NOT EXISTS rateguard_history (
    id bigint unsigned NOT NULL AUTO_INCREMENT,
    at datetime NOT NULL,
    actor varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    action varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sender varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    changes text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    reason varchar(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
    PRIMARY KEY (id),
    KEY rateguard_history_sender_index (sender)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
