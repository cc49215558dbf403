-- Who is told of what, and how far that has come. state: 0 waits, 1 delivered,
-- 2 given up.
-- depends: rateguard-0006.resets

CREATE TABLE IF NOT EXISTS rateguard_outbox (
    id bigint unsigned NOT NULL AUTO_INCREMENT,
    event_id varchar(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    notifier varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    kind varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sender varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    payload mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    attempts int unsigned NOT NULL DEFAULT 0,
    since datetime NOT NULL,
    due_at datetime NOT NULL,
    state tinyint NOT NULL DEFAULT 0,
    finished_at datetime NULL,
    error varchar(255) NOT NULL DEFAULT '',
    PRIMARY KEY (id),
    KEY rateguard_outbox_due_index (notifier, state, due_at),
    KEY rateguard_outbox_finished_index (state, finished_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
