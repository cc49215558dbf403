"""
Where the log goes, and what its lines look like.

Whoever logs only queues a record; one thread formats and writes. A log that
hangs, or a disk that is full, therefore stops no mail.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import logging.handlers
import os
import queue
import sys
import time

from collections.abc import Iterator

import attrs

from rateguard.adapters.observe.logline import DecisionsRecord
from rateguard.domain.errors import RateGuardError
from rateguard.domain.escaping import escaped
from rateguard.entrypoints.log.throttle import Throttle
from rateguard.entrypoints.settings import Settings


MAX_QUEUED = 10000
"""Lines; beyond that the log has stood still for a long time."""

SYSLOG_SOCKET = "/dev/log"

_STANDARD_ERROR = 2
_STOP_SECONDS = 2.0

_faults = Throttle()


class CannotLog(RateGuardError):
    """LOG_FILE is not to be had."""


class QueueOutput(logging.handlers.QueueHandler):
    """Queues records as they are, up to a bound."""

    def __init__(self, writer: LogWriter) -> None:
        super().__init__(writer.queue)
        self._writer = writer
        self._queued = 0
        self._bugs = Throttle()

    def enqueue(self, record: logging.LogRecord) -> None:
        """
        Queue a record, or drop it: when nobody writes them any more, and the
        tracebacks of a bug that every message meets but for one a minute.
        """
        if record.exc_info:
            bug = (record.pathname, record.lineno, record.exc_info[0])
            if self._bugs.admit(bug, time.monotonic()) is None:
                return
        if self._queued - self._writer.written < MAX_QUEUED:
            self._queued += _lines(record)
            super().enqueue(record)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Leave the formatting to the thread that writes."""
        return record


class LogWriter(logging.handlers.QueueListener):
    """
    The thread that writes.

    Attributes:
        written: Lines it has taken from the queue and is done with.
    """

    written = 0

    def handle(self, record: logging.LogRecord) -> None:
        try:
            super().handle(record)
        except Exception as error:  # noqa: BLE001 - a bug; the log goes on
            note_fault("log", error)
        self.written += _lines(record)

    def stop(self) -> None:
        """Write what is queued and end, unless an output hangs."""
        thread = self._thread
        if thread is not None:
            self.enqueue_sentinel()
            thread.join(_STOP_SECONDS)
            self._thread = None


def _lines(record: logging.LogRecord) -> int:
    return len(record.decisions) if isinstance(record, DecisionsRecord) else 1


@attrs.frozen
class Log:
    outputs: list[logging.Handler]
    writer: LogWriter

    def reopen(self) -> None:
        """Begin files anew, for logrotate."""
        for output in self.outputs:
            if isinstance(output, FileOutput):
                output.reopen()

    def stop(self) -> None:
        self.writer.stop()
        logging.getLogger().handlers.clear()
        for output in self.outputs:
            output.close()


def start_log(settings: Settings) -> Log:
    """
    Send the log where the settings say.

    Raises:
        CannotLog: LOG_FILE cannot be opened.
    """
    occupy_standard_descriptors()
    # Nobody shows them, and a record of a batch is made on the hot path.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    outputs = _outputs(settings)
    root = logging.getLogger()
    root.handlers.clear()
    writer = LogWriter(queue.SimpleQueue(), *outputs)
    queueing = QueueOutput(writer)
    queueing.setLevel(settings.log_level)
    root.addHandler(queueing)
    # Errors reach those who report them, whatever is logged.
    root.setLevel(min(settings.log_level, logging.ERROR))
    writer.start()
    return Log(outputs, writer)


def _outputs(settings: Settings) -> list[logging.Handler]:
    outputs: list[logging.Handler] = []
    formatter = LineFormatter(settings.log_level, prefixed=settings.log_msg_prefix)
    if settings.log_file is not None:
        try:
            outputs.append(FileOutput(settings.log_file, encoding="utf-8"))
        except OSError as error:
            problem = f"LOG_FILE: {settings.log_file}: {error.strerror or error}"
            raise CannotLog(problem) from error
    if settings.syslog:
        outputs.append(SyslogOutput(formatter))
    if settings.log_console or not outputs:
        outputs.append(ConsoleOutput())
    for output in outputs:
        if not isinstance(output, SyslogOutput):
            output.setFormatter(formatter)
    return outputs


class LineFormatter(logging.Formatter):
    """Makes one line of a record, or one of each decision of a batch."""

    def __init__(self, level: int, *, prefixed: bool) -> None:
        super().__init__()
        self._level = level
        self._prefixed = prefixed
        self.process = f"rateguard[{os.getpid()}]: "

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines, each with time, process and level in front."""
        at = dt.datetime.fromtimestamp(record.created).astimezone()
        stamp = f"{at.isoformat(timespec='milliseconds')} {self.process}"
        return "\n".join(
            f"{stamp}{logging.getLevelName(level)} {line}"
            for level, line in self.lines(record)
        )

    def lines(self, record: logging.LogRecord) -> Iterator[tuple[int, str]]:
        """Yield each line with its level; no decision below the level set."""
        prefix = f"{record.module}.{record.funcName}() - " if self._prefixed else ""
        if isinstance(record, DecisionsRecord):
            for level, line in record.lines(self._level):
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
        # Without the lock, which is waited for at the end of the process: there
        # is but one thread that writes.
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

    append_nul = False

    def __init__(self, formatter: LineFormatter) -> None:
        super().__init__(SYSLOG_SOCKET, facility=self.LOG_MAIL)
        self.ident = formatter.process
        self._lines = formatter.lines

    def emit(self, record: logging.LogRecord) -> None:
        for level, line in self._lines(record):
            single = logging.LogRecord(record.name, level, "", 0, line, None, None)
            super().emit(single)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Go on without it; the next line tries to connect again."""
        note_fault("syslog", sys.exc_info()[1])
