"""
Where the log goes.

Whoever logs only queues a record; one thread formats and writes. A log that
hangs, or a disk that is full, therefore stops no mail.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import queue
import time

from typing import Any

import attrs

from rateguard.adapters.observe.logline import DecisionsRecord
from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.log.outputs import (
    ConsoleOutput,
    FileOutput,
    LineFormatter,
    SyslogOutput,
    note_fault,
    occupy_standard_descriptors,
)
from rateguard.entrypoints.log.throttle import Throttle
from rateguard.entrypoints.settings import Settings


MAX_QUEUED = 10000
"""Lines; beyond that the log has stood still for a long time."""

_STOP_SECONDS = 2.0


class CannotLog(RateGuardError):
    """LOG_FILE is not to be had."""


def _lines(record: logging.LogRecord) -> int:
    return len(record.decisions) if isinstance(record, DecisionsRecord) else 1


class QueueOutput(logging.handlers.QueueHandler):
    """Queues records as they are, up to a bound."""

    def __init__(self, waiting: queue.SimpleQueue[Any], writer: LogWriter) -> None:
        super().__init__(waiting)
        self._waiting = waiting
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
            self._waiting.put(record)

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
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    root = logging.getLogger()
    root.handlers.clear()
    writer = LogWriter(waiting, *outputs)
    queueing = QueueOutput(waiting, writer)
    queueing.setLevel(settings.log_level)
    root.addHandler(queueing)
    # Errors reach those who report them, whatever is logged.
    root.setLevel(min(settings.log_level, logging.ERROR))
    writer.start()
    return Log(outputs, writer)


def _outputs(settings: Settings) -> list[logging.Handler]:
    outputs: list[logging.Handler] = []
    if settings.log_file is not None:
        try:
            outputs.append(FileOutput(settings.log_file, encoding="utf-8"))
        except OSError as error:
            problem = f"LOG_FILE: {settings.log_file}: {error.strerror or error}"
            raise CannotLog(problem) from error
    if settings.syslog:
        outputs.append(SyslogOutput(f"rateguard[{os.getpid()}]: "))
    if settings.log_console or not outputs:
        outputs.append(ConsoleOutput())
    for output in outputs:
        output.setFormatter(
            LineFormatter(
                level=settings.log_level,
                prefixed=settings.log_msg_prefix,
                stamped=not isinstance(output, SyslogOutput),
            )
        )
    return outputs
