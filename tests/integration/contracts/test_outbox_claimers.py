"""The outbox: many who claim at the same time."""

from __future__ import annotations

import datetime as dt
import threading

from collections import Counter

from rateguard.domain.errors import StoreConflict
from rateguard.domain.events import Alert, Delivery
from rateguard.domain.usecases.notify import DeliverNotifications
from tests.integration.contracts.acts import together
from tests.integration.contracts.outboxes import (
    LEASE,
    claim,
    crossing,
    delivered,
    put,
    senders,
    unfinished,
)
from tests.integration.contracts.rig import NOON, HandClock, StoreRig


CLAIMERS = 8

NAMES = [f"{number:03}" for number in range(120)]


def claimed_by_one(rig: StoreRig, *, now: dt.datetime = NOON) -> list[Delivery]:
    """
    Claim until nothing is due: who gets nothing was too slow, or had a
    conflict, and tries again.
    """
    found: list[Delivery] = []
    while True:
        try:
            found += claim(rig, now=now, limit=4)
            with rig.units() as unit:
                next_due = unit.outbox.next_due("mail")
        except StoreConflict:
            continue
        if next_due is None or next_due > now:
            return found


class TestClaimers:
    def test_share_the_work(self, rig: StoreRig) -> None:
        """Each delivery is claimed by exactly one of them, at its first attempt."""
        put(rig, *map(crossing, NAMES))

        claimed = together([lambda: claimed_by_one(rig)] * CLAIMERS)

        every = [delivery for each in claimed for delivery in each]
        assert sorted(senders(every)) == NAMES
        assert {each.attempts for each in every} == {1}

    def test_share_it_again_after_the_lease(self, rig: StoreRig) -> None:
        """What those who died had is claimed by exactly one of the others."""
        put(rig, *map(crossing, NAMES))
        claimed_by_one(rig)
        now = NOON + LEASE

        claimed = together([lambda: claimed_by_one(rig, now=now)] * CLAIMERS)

        every = [delivery for each in claimed for delivery in each]
        assert sorted(senders(every)) == NAMES
        assert {each.attempts for each in every} == {2}

    def test_do_not_disturb_those_who_add(self, rig: StoreRig) -> None:
        """
        Events that come while others are claimed and delivered are each
        delivered once.
        """
        adding = threading.Event()

        def add() -> list[Delivery]:
            for name in NAMES:
                put(rig, crossing(name))
            adding.set()
            return []

        def work() -> list[Delivery]:
            found: list[Delivery] = []
            over = False
            while not over:
                over = adding.is_set()
                for each in claimed_by_one(rig):
                    delivered(rig, each)
                    found.append(each)
            return found

        done = together([add, *[work] * 3])

        assert sorted(senders([each for found in done for each in found])) == NAMES
        assert unfinished(rig) == []


class Receiver:
    """A ``Notifier`` that counts who is told of what, and how many at once."""

    name = "mail"

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()
        self.twice_at_once: list[str] = []
        self._now: set[str] = set()
        self._turn = threading.Lock()

    def deliver(self, alert: Alert) -> None:
        """Count."""
        with self._turn:
            if alert.event_id in self._now:
                self.twice_at_once.append(alert.event_id)
            self._now.add(alert.event_id)
        with self._turn:
            self.told[alert.event.submission.sender] += 1
            self._now.discard(alert.event_id)


class TestWorkers:
    def test_tell_everybody_once(self, rig: StoreRig) -> None:
        """
        Several daemons over one store: each event is delivered by one of them
        and recorded, and none is with two at the same time.
        """
        put(rig, *map(crossing, NAMES))
        receiver = Receiver()
        deliver = DeliverNotifications(rig.units, HandClock(), receiver, lambda: 1.0)

        def work() -> None:
            while True:
                try:
                    if deliver() is None and deliver.next_due() is None:
                        return
                except StoreConflict:
                    continue

        together([work] * CLAIMERS)

        assert Counter(NAMES) == receiver.told
        assert receiver.twice_at_once == []
        assert unfinished(rig) == []
