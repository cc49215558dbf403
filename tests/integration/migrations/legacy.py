"""Databases as policyd-rate-guard leaves them, by the columns that panels know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from tests.integration.store_rigs import SqlRig


LARGEST = 4294967295

LONG_AGO = "2023-09-07 12:34:56"

COUNTERS = (
    "id, quota, quota_reset, quota_locked, msg_counter, rcpt_counter,"
    " msg_total, rcpt_total, created_at, updated_at"
)
MESSAGES = (
    "id, ratelimit_id, msgid, sender, rcpt_count, blocked, from_addr, to_addr,"
    " cc_addr, bcc_addr, subject, client_address, client_name, created_at"
)

_YOYO = {
    "_yoyo_migration": "migration_hash VARCHAR(64) PRIMARY KEY,"
    " migration_id VARCHAR(255), applied_at_utc TIMESTAMP",
    "_yoyo_log": "id VARCHAR(36) PRIMARY KEY, migration_hash VARCHAR(64),"
    " migration_id VARCHAR(255), operation VARCHAR(10), username VARCHAR(255),"
    " hostname VARCHAR(255), comment VARCHAR(255), created_at_utc TIMESTAMP",
    "_yoyo_version": "version INT PRIMARY KEY, installed_at_utc TIMESTAMP",
    "yoyo_lock": "locked INT DEFAULT 1 PRIMARY KEY, ctime TIMESTAMP, pid INT NOT NULL",
}

FOREIGN_MIGRATION = "20230820_01_tables-of-somebody-else"


@attrs.frozen
class Legacy:
    """
    One way in which these databases differ from each other.

    Attributes:
        id, key: Type of the ids, and what makes one the primary key.

        on_update: What makes a time column change by itself.

        text: Type of the columns that nobody fills.

        charset, collation: Of the database and its tables; "" is none.

        composes: Whether the tables can keep a decomposed name.
    """

    name: str
    id: str
    key: str = " NOT NULL AUTO_INCREMENT PRIMARY KEY"
    on_update: str = " ON UPDATE current_timestamp()"
    charset: str = "utf8mb4"
    collation: str = ""
    text: str = "text NOT NULL"
    composes: bool = False

    @property
    def _suffix(self) -> str:
        if not self.collation:
            return ""
        return f" CHARSET {self.charset} COLLATE {self.collation}"

    def spellings(self) -> list[str]:
        """Return the names of senders that the tables have."""
        return [
            "User@Example.com",
            "plain@example.com",
            "full@example.com",
            "Padded@example.com ",
            " twice@example.com",
            "twice@example.com",
            "Jo\u0308rg@example.com" if self.composes else "JÖRG@example.com",
        ]

    def create(self, rig: SqlRig) -> None:
        """Make and fill the tables."""
        counter = "int unsigned NOT NULL DEFAULT 0"
        quota = "int unsigned NOT NULL DEFAULT 1000"
        text = "varchar(255) NOT NULL DEFAULT ''"
        now = "timestamp NOT NULL DEFAULT current_timestamp"
        rig.run(
            f"CREATE TABLE ratelimits (id {self.id}{self.key},"
            f" sender varchar(255) NOT NULL, quota {quota}, quota_reset {quota},"
            " quota_locked tinyint NOT NULL DEFAULT 0,"
            f" msg_counter {counter}, rcpt_counter {counter},"
            f" msg_total {counter}, rcpt_total {counter},"
            f" created_at {now}, updated_at {now}{self.on_update}){self._suffix}"
        )
        rig.run("CREATE UNIQUE INDEX ratelimits_sender_unique ON ratelimits (sender)")
        rig.run(
            f"CREATE TABLE messages (id {self.id}{self.key},"
            f" ratelimit_id {self.id} NULL, msgid {text}, sender {text},"
            f" rcpt_count int NOT NULL, blocked tinyint NOT NULL, from_addr {text},"
            " to_addr text NOT NULL,"
            f" cc_addr {self.text}, bcc_addr {self.text}, subject {text},"
            " client_address varchar(45) NOT NULL, client_name varchar(255) NOT NULL,"
            f" created_at {now}{self.on_update},"
            " FOREIGN KEY (ratelimit_id) REFERENCES ratelimits (id)"
            f" ON DELETE SET NULL){self._suffix}"
        )
        rig.run("CREATE INDEX messages_created_at_index ON messages (created_at)")
        for number, sender in enumerate(self.spellings(), start=1):
            self._add(rig, number, sender)
        for table, columns in _YOYO.items():
            rig.run(f"CREATE TABLE {table} ({columns})")
        rig.run(
            "INSERT INTO _yoyo_migration VALUES ('0123abcd', {p}, {p})",
            *(FOREIGN_MIGRATION, LONG_AGO),
        )
        rig.run("INSERT INTO _yoyo_version VALUES (2, {p})", LONG_AGO)

    def _add(self, rig: SqlRig, number: int, sender: str) -> None:
        counts = [number, 2 * number, 30 * number, 400 * number]
        if sender.startswith("full"):
            counts = [LARGEST] * 4
        rig.run(
            f"INSERT INTO ratelimits ({COUNTERS}, sender)"
            " VALUES ({p}, 1000, 1000, 0, {p}, {p}, {p}, {p}, {p}, {p}, {p})",
            *(number, *counts, LONG_AGO, LONG_AGO, sender),
        )
        rig.run(
            "INSERT INTO messages (ratelimit_id, msgid, sender, rcpt_count, blocked,"
            " from_addr, to_addr, cc_addr, bcc_addr, subject, client_address,"
            " client_name, created_at) VALUES ({p}, '4XyZ', {p}, 1, 0, {p}, 'to@b',"
            " '', '', 'hello', '::1', 'unknown', {p})",
            *(number, sender, sender, LONG_AGO),
        )


@attrs.frozen
class Snapshot:
    """
    What is in the tables.

    Attributes:
        counters: All that operators know of the senders but their names.

        messages: All that operators know of the messages.
    """

    senders: list[str]
    counters: Sequence[tuple[Any, ...]]
    messages: Sequence[tuple[Any, ...]]

    @classmethod
    def of(cls, rig: SqlRig) -> Snapshot:
        """Read the tables."""
        senders = rig.run("SELECT sender FROM ratelimits ORDER BY id")
        return cls(
            [sender for (sender,) in senders],
            rig.run(f"SELECT {COUNTERS} FROM ratelimits ORDER BY id"),
            rig.run(f"SELECT {MESSAGES} FROM messages ORDER BY id"),
        )


MARIADB = (
    Legacy(
        "unicode-int",
        id="int unsigned",
        collation="utf8mb4_unicode_ci",
        composes=True,
    ),
    Legacy(
        "binary-bigint",
        id="bigint(20) unsigned",
        collation="utf8mb4_bin",
        composes=True,
    ),
    Legacy(
        "latin1-bigint",
        id="bigint(20) unsigned",
        charset="latin1",
        collation="latin1_swedish_ci",
    ),
)
SQLITE = Legacy(
    "sqlite",
    id="INTEGER",
    key=" PRIMARY KEY",
    on_update="",
    # Elsewhere the empty text is what a column gets that is not named.
    text="text NOT NULL DEFAULT ''",
    composes=True,
)
