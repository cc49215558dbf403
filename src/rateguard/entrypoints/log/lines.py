"""
How the lines of the log look.
"""

from __future__ import annotations

import datetime as dt
import logging
import os

from collections.abc import Iterator

from rateguard.adapters.observe.logline import DecisionsRecord
from rateguard.domain.escaping import escaped


class LineFormatter(logging.Formatter):
    """
    Makes one line of a record, or one of each decision of a batch.

    Attributes:
        level: Decisions below it are left out.

        stamped: Whether lines begin with time, process and level.
    """

    def __init__(self, *, level: int, prefixed: bool, stamped: bool) -> None:
        super().__init__()
        self.level = level
        self.stamped = stamped
        self._prefixed = prefixed
        self._process = f"rateguard[{os.getpid()}]"

    def format(self, record: logging.LogRecord) -> str:
        """
        Return the text of a record, lines separated by line feeds.
        """
        stamp = self._stamp(record.created)
        return "\n".join(
            f"{stamp}{logging.getLevelName(level)} {line}" if self.stamped else line
            for level, line in self.lines(record)
        )

    def lines(self, record: logging.LogRecord) -> Iterator[tuple[int, str]]:
        """
        Yield level and text of each line.
        """
        prefix = f"{record.module}.{record.funcName}() - " if self._prefixed else ""
        if isinstance(record, DecisionsRecord):
            for level, line in record.lines(self.level):
                yield level, prefix + line
            return
        yield record.levelno, prefix + escaped(record.getMessage())
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        for line in (record.exc_text or "").splitlines():
            yield record.levelno, prefix + escaped(line)

    def _stamp(self, created: float) -> str:
        if not self.stamped:
            return ""
        at = dt.datetime.fromtimestamp(created).astimezone()
        return f"{at.isoformat(timespec='milliseconds')} {self._process}: "
