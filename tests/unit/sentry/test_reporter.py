"""The thread that sends, and those who must not wait for it."""

from __future__ import annotations

import contextlib
import logging

import pytest

from rateguard.adapters.sentry.client import MOST_WAITING, Report, Reporter
from rateguard.domain.errors import DeliveryFailed
from tests.unit.doubles import LogSpy
from tests.unit.sentry.doubles import Sender


PATIENCE = 30.0


def raised(error: Exception) -> Exception:
    """Return an exception that was raised here."""
    with contextlib.suppress(type(error)):
        raise error
    return error


def logged(line: int, message: str = "x") -> Report:
    """Return a report of something logged at a line."""
    record = logging.LogRecord("rateguard.x", 40, "x.py", line, message, None, None)
    return Report("logging", record)


class TestPlace:
    def test_of_an_exception_is_where_it_was_raised(self) -> None:
        """Not where it was caught and logged; its text makes no other place."""
        first = Report("a", error=raised(KeyError("a")))
        again = Report("b", logged(1).record, raised(KeyError("b")))
        other = Report("a", error=raised(ValueError("a")))

        assert first.place == again.place
        assert first.place != other.place

    def test_of_a_record_is_where_it_was_logged(self) -> None:
        """Whatever it says."""
        assert logged(1, "a").place == logged(1, "b").place
        assert logged(1).place != logged(2).place

    def test_of_an_exception_that_was_never_raised(self) -> None:
        """Is its kind."""
        assert Report("a", error=KeyError("a")).place == (KeyError,)


class TestReport:
    def test_is_sent_before_the_end(self) -> None:
        """What was queued when it is stopped still goes out, in order."""
        sender = Sender()
        reporter = Reporter(sender)
        reports = [logged(1), logged(2)]

        for report in reports:
            reporter.report(report)

        assert reporter.stop(PATIENCE)
        assert [each.record for each in reports] == [
            each.record for each in sender.reports
        ]

    def test_of_a_flood_is_one(self) -> None:
        """It says with the next how many there were."""
        sender, now = Sender(), [0.0]
        reporter = Reporter(sender, lambda: now[0])

        for _ in range(5000):
            reporter.report(logged(1))
        now[0] = 60.0
        reporter.report(logged(1))

        assert reporter.stop(PATIENCE)
        assert [0, 4999] == [each.held_back for each in sender.reports]

    def test_waits_for_nobody(self) -> None:
        """
        While the sender hangs, reports are queued up to a bound; the end does
        not wait for it either.
        """
        sender, now = Sender(), [0.0]
        sender.gate.clear()
        reporter = Reporter(sender, lambda: now[0])
        reporter.report(logged(0))
        assert sender.began.wait(PATIENCE)

        for line in range(1, 100):
            now[0] += 60
            reporter.report(logged(line))

        assert not reporter.stop(0.01)
        sender.gate.set()
        assert reporter.stop(PATIENCE)
        assert len(sender.reports) == 1 + MOST_WAITING

    def test_of_the_sender_itself_is_none(self) -> None:
        """What goes wrong while a report is sent makes no report."""
        sent: list[Report] = []

        def send(report: Report) -> None:
            sent.append(report)
            reporter.report(logged(99))

        reporter = Reporter(send)
        reporter.deliver(logged(1), PATIENCE)

        assert reporter.stop(PATIENCE)
        assert [1] == [each.record.lineno for each in sent if each.record]

    def test_that_fails_is_told_once_a_minute(self, log: LogSpy) -> None:
        """
        Below the level that is reported, and without a traceback if Sentry is
        away; the thread lives on.
        """
        sender, now = Sender(DeliveryFailed("it is away")), [0.0]
        reporter = Reporter(sender, lambda: now[0])

        for line in range(10):
            reporter.report(logged(line))

        assert reporter.stop(PATIENCE)
        assert len(sender.reports) == 10
        expected = [("WARNING", "cannot report an error: it is away (0 more)")]
        assert (expected, []) == (log.lines, log.tracebacks)

    def test_that_fails_by_a_bug_is_told_with_its_traceback(self, log: LogSpy) -> None:
        """It is ours to mend."""
        reporter = Reporter(Sender(KeyError("x")))
        reporter.report(logged(1))

        assert reporter.stop(PATIENCE)
        assert [KeyError] == log.tracebacks


class TestDeliver:
    def test_returns_once_it_is_sent(self) -> None:
        """Whatever was sent before it."""
        sender = Sender()
        reporter = Reporter(sender)
        report = logged(1)
        reporter.report(report)

        reporter.deliver(report, PATIENCE)
        reporter.deliver(report, PATIENCE)

        assert len(sender.reports) == 3
        assert reporter.stop(PATIENCE)

    def test_raises_what_went_wrong(self, log: LogSpy) -> None:
        """And does not log it: it is told to the one who asked."""
        reporter = Reporter(Sender(DeliveryFailed("it is away")))

        with pytest.raises(DeliveryFailed, match="it is away"):
            reporter.deliver(logged(1), PATIENCE)
        assert reporter.stop(PATIENCE)
        assert log.lines == []

    def test_does_not_wait_for_ever(self) -> None:
        """Nobody knows then whether it arrived, which is no success."""
        sender = Sender()
        sender.gate.clear()
        reporter = Reporter(sender)

        with pytest.raises(DeliveryFailed, match=r"no answer within 0\.01 s"):
            reporter.deliver(logged(1), 0.01)
        sender.gate.set()
        assert reporter.stop(PATIENCE)
