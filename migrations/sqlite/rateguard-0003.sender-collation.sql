-- Senders are compared byte by byte here already; the index gets its name.
-- depends: rateguard-0002.messages

CREATE UNIQUE INDEX IF NOT EXISTS ratelimits_sender_unique ON ratelimits (sender);
