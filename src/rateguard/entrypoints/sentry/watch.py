"""
Where errors are noticed that nobody handles.
"""

from __future__ import annotations

import logging
import threading

from rateguard.entrypoints.sentry.reports import Report, Reporter


_UNREPORTED = ("sentry_sdk", "urllib3")


class FaultHandler(logging.Handler):
    """
    Reports what is logged as an error or worse.
    """

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(logging.ERROR)
        self._reporter = reporter

    def emit(self, record: logging.LogRecord) -> None:
        """
        Report a record, unless it comes from the library that sends reports.
        """
        if not record.name.startswith(_UNREPORTED):
            error = record.exc_info[1] if record.exc_info else None
            self._reporter.report(Report("logging", record, error))


class FaultWatch:
    """
    Reports errors that are logged, and exceptions that end a thread.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._handler = FaultHandler(reporter)
        self._level = logging.NOTSET
        self._hook = threading.excepthook

    def begin(self) -> None:
        """
        Watch from now on. The log goes where it went, and is no longer.
        """
        root = logging.getLogger()
        self._level = root.level
        if root.level > logging.ERROR:
            for output in root.handlers:
                output.setLevel(max(output.level, root.level))
            root.setLevel(logging.ERROR)
        root.addHandler(self._handler)
        self._hook, threading.excepthook = threading.excepthook, self._thread_ended

    def end(self) -> None:
        """
        Watch no longer.
        """
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level)
        if threading.excepthook == self._thread_ended:
            threading.excepthook = self._hook

    def _thread_ended(self, ended: threading.ExceptHookArgs) -> None:
        if not issubclass(ended.exc_type, SystemExit):
            self._reporter.report(Report("threading", error=ended.exc_value))
        self._hook(ended)
