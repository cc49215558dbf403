"""What the log says of deliveries."""

from __future__ import annotations

from rateguard.domain.errors import DeliveryFailed, StoreUnavailable
from rateguard.domain.usecases.notify import GIVE_UP_AFTER
from tests.unit.daemon.dispatching import NotedUnits, Receiver, dispatching
from tests.unit.domain.delivering import Reaction, crossing, put, told_store, unfinished
from tests.unit.doubles import NOON, LogSpy


DEAD = DeliveryFailed("HTTP status 503 %s")


def delivered(**reactions: Reaction | Exception) -> NotedUnits:
    """
    Deliver events of these senders in this order, all of one batch; return
    the units, when nothing is due any more.
    """
    units = NotedUnits(told_store(*map(crossing, reactions)))
    with dispatching(units, Receiver(dict(reactions))):
        units.until_at_rest()
    return units


def levels(log: LogSpy) -> list[str]:
    return [level for level, _ in log.lines]


class TestDelivered:
    def test_is_told(self, log: LogSpy) -> None:
        """Which event and to whom."""
        store = told_store(crossing())
        (waiting,) = unfinished(store)
        receiver = Receiver()

        with dispatching(store, receiver):
            receiver.arrival()

        expected = f"quota_reached {waiting.event_id} delivered to hook"
        assert [("INFO", expected)] == log.lines


class TestFailed:
    def test_is_told_with_why_and_when_it_is_tried_again(self, log: LogSpy) -> None:
        """One line, no traceback: it is somebody else's fault."""
        (left,) = unfinished(delivered(anna=DEAD).store)

        expected = (
            f"quota_reached {left.event_id} not delivered to hook, attempt 1:"
            f" HTTP status 503 %s; the next is due at"
            f" {left.due_at.isoformat(timespec='seconds')}"
        )
        assert [("WARNING", expected)] == log.lines
        assert log.tracebacks == []

    def test_is_told_once_an_outage(self, log: LogSpy) -> None:
        """Not for each of many that wait."""
        delivered(a=DEAD, b=DEAD, c=DEAD)

        assert levels(log) == ["WARNING", "DEBUG", "DEBUG"]

    def test_is_told_again_after_a_success(self, log: LogSpy) -> None:
        """That is another outage."""
        delivered(a=DEAD, b=DEAD, c=lambda _notice: None, d=DEAD)

        assert levels(log) == ["WARNING", "DEBUG", "INFO", "WARNING"]

    def test_by_a_bug_has_its_traceback(self, log: LogSpy) -> None:
        """It has to be mended."""
        delivered(anna=ZeroDivisionError())

        assert levels(log) == ["WARNING"]
        assert [ZeroDivisionError] == log.tracebacks


class TestGivenUp:
    def test_is_an_error(self, log: LogSpy) -> None:
        """Nobody will be told of that event, also where the outage was told of."""
        store = told_store()
        put(store, crossing("old", at=NOON - GIVE_UP_AFTER), crossing("new"))
        units = NotedUnits(store)

        with dispatching(units, Receiver({"old": DEAD, "new": DEAD})):
            units.until_at_rest()

        old, _ = unfinished(store)
        expected = (
            f"quota_reached {old.event_id} not delivered to hook, given up after"
            " 1 attempts: HTTP status 503 %s"
        )
        assert log.lines[0] == ("ERROR", expected)
        assert levels(log) == ["ERROR", "WARNING"]


class TestStoreThatIsAway:
    def test_is_not_told(self, log: LogSpy) -> None:
        """The lanes tell about it."""
        units = NotedUnits(told_store(), faults=[StoreUnavailable("no route")])

        with dispatching(units, Receiver()):
            units.until("outbox.claim")

        assert log.lines == []


class TestBug:
    def test_is_told_once_a_minute(self, log: LogSpy) -> None:
        """With its traceback; it floods nothing."""
        bugs = 5
        units = NotedUnits(told_store(), faults=[ZeroDivisionError()] * bugs)

        with dispatching(units, Receiver()) as dispatcher:
            for _ in range(bugs):
                units.until("outbox.claim")
                dispatcher.wake()
            units.until("outbox.next_due")

        assert [("ERROR", "cannot deliver to hook")] == log.lines
        assert [ZeroDivisionError] == log.tracebacks
