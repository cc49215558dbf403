DROP TABLE rateguard_history;
