"""Somebody who sends reports, as the test says."""

from __future__ import annotations

import threading

from rateguard.adapters.sentry.client import Report


class Sender:
    """Keeps what it is given; fails, or waits for the gate, if told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.reports: list[Report] = []
        self.began = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.failure = failure

    def __call__(self, report: Report) -> None:
        """Send a report."""
        self.began.set()
        self.gate.wait(60)
        self.reports.append(report)
        if self.failure is not None:
            raise self.failure


class Unspeakable:
    """Something whose text costs too much for the one who logs it."""

    def __init__(self) -> None:
        self.spoken = 0

    def __str__(self) -> str:
        self.spoken += 1
        return "something"
