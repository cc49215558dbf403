DROP TABLE ratelimits;
