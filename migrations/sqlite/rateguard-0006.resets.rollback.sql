DROP TABLE rateguard_resets;
