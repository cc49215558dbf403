"""What is noticed, and what it costs whoever makes the error."""

from __future__ import annotations

import logging
import threading

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rateguard.adapters.sentry.client import FaultHandler, FaultWatch, Reporter
from tests.unit.doubles import LogSpy
from tests.unit.sentry.doubles import Sender, Unspeakable


PATIENCE = 30.0


@contextmanager
def reported(name: str, reporter: Reporter) -> Iterator[logging.Logger]:
    """Yield a logger whose errors are reported and go nowhere else."""
    logger, handler = logging.getLogger(name), FaultHandler(reporter)
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    logger.setLevel(level)
    logger.propagate = propagates


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def reporter(sender: Sender) -> Iterator[Reporter]:
    reporter = Reporter(sender)
    yield reporter
    assert reporter.stop(PATIENCE)


@pytest.fixture
def logger(reporter: Reporter) -> Iterator[logging.Logger]:
    """A logger whose errors are reported."""
    with reported("rateguard.tests", reporter) as logger:
        yield logger


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    root = logging.getLogger()
    level, handlers = root.level, [(each, each.level) for each in root.handlers]
    yield root
    root.setLevel(level)
    for handler, own_level in handlers:
        handler.setLevel(own_level)


class TestFaultHandler:
    def test_reports_errors_and_worse(
        self, logger: logging.Logger, reporter: Reporter, sender: Sender
    ) -> None:
        """And nothing below."""
        logger.debug("a")
        logger.info("b")
        logger.warning("c")
        logger.error("d")
        logger.critical("e")

        assert reporter.stop(PATIENCE)
        found = [each.record.getMessage() for each in sender.reports if each.record]
        assert ["d", "e"] == found

    def test_reports_the_exception_with_the_record(
        self, logger: logging.Logger, reporter: Reporter, sender: Sender
    ) -> None:
        """So that its traceback is seen."""
        error = KeyError("x")
        try:
            raise error
        except KeyError:
            logger.exception("failed")
        logger.error("none", exc_info=(None, None, None))

        assert reporter.stop(PATIENCE)
        assert [error, None] == [each.error for each in sender.reports]

    def test_does_not_format_what_it_is_given(
        self, reporter: Reporter, sender: Sender
    ) -> None:
        """A flood of errors in the lane that judges mail costs a comparison each."""
        text, handler = Unspeakable(), FaultHandler(reporter)
        record = logging.LogRecord("rateguard", 40, "x.py", 1, "%s", (text,), None)

        for _ in range(1000):
            handler.handle(record)

        assert reporter.stop(PATIENCE)
        assert (1, 0) == (len(sender.reports), text.spoken)

    @pytest.mark.parametrize("name", ["sentry_sdk.errors", "urllib3.connectionpool"])
    def test_does_not_report_the_library_that_reports(
        self, name: str, reporter: Reporter, sender: Sender
    ) -> None:
        """Or it would never end."""
        with reported(name, reporter) as logger:
            logger.error("cannot send")

        assert reporter.stop(PATIENCE)
        assert sender.reports == []


class TestFaultWatch:
    def test_reports_what_ends_a_thread(
        self, reporter: Reporter, sender: Sender
    ) -> None:
        """Whoever watched before is told too; leaving on purpose is no fault."""
        told: list[type[BaseException]] = []
        before = threading.excepthook
        threading.excepthook = lambda ended: told.append(ended.exc_type)
        try:
            watch = FaultWatch(reporter)
            watch.begin()
            for error in (KeyError("x"), SystemExit()):
                _end_thread_by(error)
            watch.end()
            _end_thread_by(ValueError("later"))
        finally:
            threading.excepthook = before

        assert reporter.stop(PATIENCE)
        assert [KeyError] == [type(each.error) for each in sender.reports]
        assert [KeyError, SystemExit, ValueError] == told

    def test_reports_what_a_stricter_log_leaves_out(
        self, root: logging.Logger, reporter: Reporter, sender: Sender
    ) -> None:
        """
        LOG_LEVEL says what is logged, not what is reported; the log gets no
        longer by it, and all is as before in the end.
        """
        output = LogSpy()
        root.addHandler(output)
        root.setLevel(logging.CRITICAL)
        watch = FaultWatch(reporter)
        watch.begin()

        root.error("reported")
        root.critical("both")
        watch.end()
        root.critical("logged")
        level = root.level
        root.removeHandler(output)

        assert reporter.stop(PATIENCE)
        assert ["both", "logged"] == [line for _, line in output.lines]
        found = [each.record.getMessage() for each in sender.reports if each.record]
        assert ["reported", "both"] == found
        assert level == logging.CRITICAL


def _end_thread_by(error: BaseException) -> None:
    def fail() -> None:
        raise error

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
