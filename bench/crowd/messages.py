"""The messages of a crowd."""

from __future__ import annotations

from typing import ClassVar

import attrs

from bench.crowd.dialects import Dialect
from bench.crowd.numbers import BUSY, DAY, MULTIPLIER, name_of


@attrs.frozen
class Messages:
    """
    Over thirty days, a tenth of them in the last one. Eleven senders have one
    in 250 each, five thousand share a fifth, the others the rest; one in two
    thousand is of a sender who was removed since; three in a hundred were blocked.
    """

    dialect: Dialect
    senders: int
    rows: int
    until: int
    name: ClassVar[str] = "messages"

    def statement(self, first: int, last: int) -> str:
        """Return what adds the rows with these numbers."""
        return (
            "INSERT INTO messages (id, ratelimit_id, transaction_id, msgid, sender,"
            " rcpt_count, blocked, from_addr, to_addr, client_address, client_name,"
            " created_at) SELECT n, CASE WHEN removed THEN NULL ELSE i END,"
            f" {self._transaction()}, {self._queue_id()}, {self._sender()},"
            " CASE WHEN n % 13 = 0 THEN 2 + n % 40 ELSE 1 END,"
            f" n * {MULTIPLIER} % 1009 < 30,"
            f" {self._sender()},"
            " CASE WHEN n % 13 = 0 THEN NULL"
            " ELSE 'someone' || (n * 31 % 400009) || '@example.net' END,"
            f" {self._client()}, {self.dialect.time('at')}"
            f" FROM (SELECT n, n % 2003 = 7 AS removed, {self._number()} AS i,"
            f" {self._time()} AS at, 65536 + n * 7919 % 934463 AS micro"
            f" FROM {self.dialect.series(first, last)}) AS numbered"
        )

    def _number(self) -> str:
        busiest = min(BUSY, self.senders)
        return (
            f"CASE WHEN n % 250 = 0 THEN {busiest}"
            f" WHEN n % 250 < 11 THEN n % 250 * {self.senders} {self.dialect.div} 11"
            f" WHEN n % 250 < 61 THEN 1 + n * 31 % 4999 * {self.senders}"
            f" {self.dialect.div} 5000"
            f" ELSE 1 + n * {MULTIPLIER} % {self.senders} END"
        )

    def _time(self) -> str:
        old, div = self.rows * 9 // 10, self.dialect.div
        return (
            f"CASE WHEN n <= {old}"
            f" THEN {self.until - 30 * DAY} + n * {29 * DAY} {div} {old}"
            f" ELSE {self.until - DAY} + (n - {old}) * {DAY} {div}"
            f" {self.rows - old} END"
        )

    def _transaction(self) -> str:
        # As RateGuard keeps Postfix's instance: seconds, microseconds, process,
        # sequence.
        number = self.dialect.hex
        return (
            f"{number('at')} || '.' || {number('micro')} || '.'"
            f" || {number('4096 + n % 211')} || '.0'"
        )

    def _queue_id(self) -> str:
        # Postfix's short ones: five digits of microseconds, then the inode.
        number = self.dialect.hex
        return f"UPPER({number('micro')} || {number('2752512 + n % 6007')})"

    def _sender(self) -> str:
        gone = "'gone' || i || '@former.example'"
        return f"CASE WHEN removed THEN {gone} ELSE {name_of('i')} END"

    def _client(self) -> str:
        # Webmail, mobile providers with IPv6, and the customers' own hosts.
        octets = f"(i % 251) || '.' || (i {self.dialect.div} 251 % 250)"
        return (
            "CASE WHEN n % 7 = 0 THEN '192.0.2.25'"
            " WHEN i % 10 = 3 THEN '2001:db8:' || (i % 9973) || '::' || (n % 89)"
            f" ELSE '198.51.' || {octets} END,"
            " CASE WHEN n % 7 = 0 THEN 'webmail.provider.example'"
            " WHEN i % 10 = 3 OR i % 11 = 0 THEN 'unknown'"
            f" ELSE 'host-' || REPLACE({octets}, '.', '-')"
            " || '.provider' || (i % 97) || '.example' END"
        )
