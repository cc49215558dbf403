-- How far each nightly reset came.
-- depends: rateguard-0005.messages-transaction

CREATE TABLE IF NOT EXISTS rateguard_resets (
    id bigint unsigned NOT NULL AUTO_INCREMENT,
    started_at datetime NOT NULL,
    position bigint unsigned NOT NULL DEFAULT 0,
    finished_at datetime NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
