DROP INDEX ratelimits_sender_unique;
