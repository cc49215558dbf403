ALTER TABLE messages
    DROP INDEX messages_transaction_id_index,
    DROP COLUMN transaction_id;
