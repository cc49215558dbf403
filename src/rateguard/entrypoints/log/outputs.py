"""What a line of the log looks like, and the places it can go to."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import logging.handlers
import os
import sys
import time

from collections.abc import Iterator

from rateguard.adapters.observe.logline import DecisionsRecord
from rateguard.domain.escaping import escaped
from rateguard.entrypoints.log.throttle import Throttle


SYSLOG_SOCKET = "/dev/log"

_STANDARD_ERROR = 2

_faults = Throttle()


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
        lines = self.lines(record)
        if not self.stamped:
            return "\n".join(line for _, line in lines)
        at = dt.datetime.fromtimestamp(record.created).astimezone()
        stamp = f"{at.isoformat(timespec='milliseconds')} {self._process}:"
        return "\n".join(
            f"{stamp} {logging.getLevelName(level)} {line}" for level, line in lines
        )

    def lines(self, record: logging.LogRecord) -> Iterator[tuple[int, str]]:
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


def occupy_standard_descriptors() -> None:
    """
    See that no socket and no database gets the number of a standard stream
    that was closed: what is meant for standard error would go there.
    """
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= _STANDARD_ERROR:
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)


def note_fault(output: str, error: BaseException | None) -> None:
    """Say on standard error, once a minute, that a line could not be written."""
    held_back = _faults.admit(output, time.monotonic())
    if held_back is not None:
        with contextlib.suppress(OSError):  # nobody is left to be told
            _to_standard_error(
                f"rateguard: cannot write the log: {error} ({held_back} more)\n"
            )


def _to_standard_error(text: str) -> None:
    # Not through sys.stderr: it has a lock, and if nobody reads the pipe then
    # the thread that writes keeps it, and the process cannot end.
    left = text.encode("utf-8", "backslashreplace")
    while left:
        left = left[os.write(_STANDARD_ERROR, left) :]


class ConsoleOutput(logging.Handler):
    def handle(self, record: logging.LogRecord) -> bool:
        """
        Write a record, without the lock that is waited for at the end of the
        process: there is but one thread that writes.
        """
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if text := self.format(record):
                _to_standard_error(text + "\n")
        except OSError as error:
            note_fault("console", error)


class FileOutput(logging.handlers.WatchedFileHandler):
    """A file that others may rename; then a new one is begun."""

    _torn = False
    """Whether the file may end in the beginning of a line: its disk was full."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self.reopenIfNeeded()
            if text := self.format(record):
                if self.stream is None:
                    self.stream = self._open()
                self.stream.write("\n" * self._torn + text + "\n")
                self.stream.flush()
                self._torn = False
        except OSError:
            self.handleError(record)

    def reopen(self) -> None:
        """Close the file; the next line opens it anew."""
        self.acquire()
        try:
            if self.stream is not None:
                stream, self.stream = self.stream, None
                stream.close()
        except OSError as error:
            note_fault("file", error)
        finally:
            self.release()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop the line, also from the buffer: it must not block those after it."""
        note_fault("file", sys.exc_info()[1])
        self._torn = True
        self.reopen()


class SyslogOutput(logging.handlers.SysLogHandler):
    """The local syslog, facility mail; a datagram a line."""

    def __init__(self, process: str) -> None:
        super().__init__(SYSLOG_SOCKET, facility=self.LOG_MAIL)
        self.ident = process
        self.append_nul = False

    def emit(self, record: logging.LogRecord) -> None:
        formatter = self.formatter
        if not isinstance(formatter, LineFormatter):
            return
        for level, line in formatter.lines(record):
            single = logging.LogRecord(
                record.name, level, record.pathname, record.lineno, line, None, None
            )
            self.formatter = None
            try:
                super().emit(single)
            finally:
                self.formatter = formatter

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Go on without it; the next line tries to connect again."""
        note_fault("syslog", sys.exc_info()[1])
