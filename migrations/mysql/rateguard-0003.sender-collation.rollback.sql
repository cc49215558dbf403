ALTER TABLE ratelimits
    MODIFY sender varchar(255) CHARACTER SET utf8mb4 NOT NULL;
