"""What may be sent, and what may not."""

from __future__ import annotations


SECRET = [
    "alice@example.org",
    "<alice@example.org>",
    "user alice@example.org is over quota",
    "bounce+alice=example.org@lists.example.com",
    "o'brien@example.org",
    '"john smith"@example.org',
    "jörg@exämple.org",
    "alice@localhost",
    "alice@[192.0.2.1]",
    "alice@mx@example.org",
    "@alice@example.org",
    "alice%40example.org",
    "%40alice%40example.org",
    "alice\uff20example.org",
    r"alice\x40example.org",
    "https://hooks.example.net/alice/4f2e",
    "mysql://root:al/ice@db/x",
    "sasl_username=alice, from=b",
    "sasl_username = alice",
    "ABC123: client=alice[192.0.2.1], helo=x",
    "cannot judge Submission(sender='alice', recipients=1)",
    "[Waiting(submission=Submission(sender=')alice', recipients=1))]",
    "unexpected fault: KeyError('alice') (0 more)",
    "Exception in callback Lane.put(<Lane>, 'alice', ...)",
    "Exception in callback judge.<locals>.<lambda>('alice')",
    "(1062, \"Duplicate entry 'alice' for key 'sender'\")",
    "Incorrect string value: 'alice' for column 'sender'",
    "syntax to use near 'alice' at line 1",
    "HTTPConnectionPool(host='x', port=80): Max retries with url: /alice",
    "Authorization: Bearer alice",
    "Bearer alice",
    "password: alice",
    "no such sender: alice",
    "token eyJalice.eyJhbGljZQ.c2ln",
    "alice" + "34caa5c52fce98bc56fa3bfd8274a92328f09a6e0b27da2b5d89c1b5c5ed05",
    "Wk9YZXliVlVtY2pQcFlFUm9KY1U1ZkFFaUpWTk1FU20Ealice",
]
"""All tell of alice, or of a Smith or O'Brien."""

HARMLESS = [
    "",
    "database unavailable, mail passes uncounted",
    "cannot check the schema: (2003, \"Can't connect to MySQL server on 'db'\")",
    "[Errno 28] No space left on device: '/var/lib/rateguard/rateguard.db'",
    "hung up on a mail server: 4096 connections are all that 4200 allow (0 more)",
    "JudgeSubmissions() takes no arguments",
    "judge(now) got too many",
    "'NoneType' object has no attribute 'sender'",
    "a @ b",
    "@attrs.frozen",
]
