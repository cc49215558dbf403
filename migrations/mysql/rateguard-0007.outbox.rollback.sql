DROP TABLE rateguard_outbox;
