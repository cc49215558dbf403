-- Tells a message that is asked about twice from two messages.
-- depends: rateguard-0004.canonical-senders

ALTER TABLE messages ADD COLUMN transaction_id varchar(64) NULL;

CREATE INDEX messages_transaction_id_index ON messages (transaction_id);

CREATE INDEX IF NOT EXISTS messages_created_at_index ON messages (created_at);
