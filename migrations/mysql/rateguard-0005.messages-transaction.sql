-- Tells a message that is asked about twice from two messages.
-- depends: rateguard-0004.canonical-senders

ALTER TABLE messages
    ADD COLUMN transaction_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD INDEX messages_transaction_id_index (transaction_id);
