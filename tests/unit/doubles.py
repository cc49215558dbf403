"""What stands in for the world."""

from __future__ import annotations

import datetime as dt
import logging

import attrs


NOON = dt.datetime(2024, 2, 29, 12, 0, 0, tzinfo=dt.UTC)


@attrs.define
class HandClock:
    """A clock that stands still until it is set."""

    time: dt.datetime = NOON

    def now(self) -> dt.datetime:
        """Return the time that was set."""
        return self.time


class LogSpy(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Level and text of each record, oldest first."""
        return [(each.levelname, each.getMessage()) for each in self.records]

    @property
    def tracebacks(self) -> list[type[BaseException] | None]:
        """The kinds of the exceptions that were logged."""
        return [each.exc_info[0] for each in self.records if each.exc_info]
