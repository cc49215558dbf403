DROP INDEX messages_created_at_index;

DROP INDEX messages_transaction_id_index;

ALTER TABLE messages DROP COLUMN transaction_id;
