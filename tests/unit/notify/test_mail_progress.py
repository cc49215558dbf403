"""Whom an alert need not be sent to again."""

from __future__ import annotations

from rateguard.adapters.notify.mail.notifier import MAX_EVENTS, Progress


class TestProgress:
    def test_is_kept_by_event(self) -> None:
        """It adds up, and is nothing to another event."""
        progress = Progress()
        progress.settle("one", ["a"])
        progress.settle("one", ["b"])

        assert {"a", "b"} == progress.settled("one")
        assert frozenset() == progress.settled("two")

    def test_is_not_kept_for_ever(self) -> None:
        """The event that was touched longest ago is forgotten first."""
        progress = Progress()
        for number in range(MAX_EVENTS):
            progress.settle(str(number), ["a"])
        progress.settle("0", ["b"])
        progress.settle("one more", ["a"])

        assert frozenset() == progress.settled("1")
        assert {"a", "b"} == progress.settled("0")
        assert {"a"} == progress.settled("2")
