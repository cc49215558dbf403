-- Under the server's default collation jörg and jorg are one sender.
-- depends: rateguard-0002.messages

ALTER TABLE ratelimits
    MODIFY sender varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL;
