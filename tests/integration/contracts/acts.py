"""What the tests of the contract do again and again."""

from __future__ import annotations

import threading

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.errors import StoreConflict
from rateguard.domain.ports import MessageRecord
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.domain.usecases.judge import JudgeSubmissions
from tests.integration.contracts.rig import NOON, SENDER, HandClock, StoreRig


T = TypeVar("T")

POLICY = QuotaPolicy.of(1000)

ATTEMPTS = 4
"""How often a batch is tried before a conflict counts as a failure."""

HARD_TEXTS = (
    "a\x00b",
    "\x00",
    "\x1f\x7f\x80",
    "per%cent%s%(x)s",
    "'\"`\\' OR 1=1; -- {p} {many} ?",
    "\U0001f600" * 255,
    "x" * 255,
    "\x01" * 255,
    '"\\' * 127,
    "\U0010ffff\ufffe\ufeff",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "line\r\nline\ttab",
)

LOOKALIKES = (
    *("jörg@example.com", "jorg@example.com", "JÖRG@example.com"),
    *("jo\u0308rg@example.com", "jØrg@example.com", "Jorg@Example.com"),
    *("strasse@example.com", "straße@example.com", "\u017ftrasse@example.com"),
    *("ﬁ@example.com", "fi@example.com", "fi\x00@example.com", "f\u0131@example.com"),
)
"""All different, though some collations take them for the same."""


def judging(
    rig: StoreRig, clock: HandClock | None = None, *, quota: int = 1000
) -> JudgeSubmissions:
    """Return the use case over a store."""
    return JudgeSubmissions(rig.units, clock or HandClock(), QuotaPolicy.of(quota))


def keep(rig: StoreRig, *counters: SenderCounter) -> None:
    """Save these counters in one committed unit, made if they are missing."""
    with rig.units() as unit:
        names = {counter.sender for counter in counters}
        unit.counters.lock(names, default=POLICY, at=NOON)
        unit.counters.save(counters, at=NOON)
        unit.commit()


def create(rig: StoreRig, *senders: str, policy: QuotaPolicy = POLICY) -> None:
    """Make counters, one unit each, so in this order."""
    for sender in senders:
        with rig.units() as unit:
            unit.counters.lock({sender}, default=policy, at=NOON)
            unit.commit()


def log(rig: StoreRig, *records: MessageRecord) -> None:
    """Add these messages in one committed unit."""
    with rig.units() as unit:
        names = {record.submission.sender for record in records}
        unit.counters.lock(names, default=POLICY, at=NOON)
        unit.messages.add(records)
        unit.commit()


def accepted(submission: Submission) -> MessageRecord:
    """Return the record of an admitted message, judged at noon."""
    decision = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA)
    return MessageRecord(submission, decision, NOON)


def mail(
    transaction: str = "", recipients: int = 1, sender: str = SENDER
) -> Submission:
    """Return a submission."""
    return Submission(sender, recipients, transaction)


def together(works: Iterable[Callable[[], T]]) -> list[T]:
    """
    Run each in a thread of its own, all released at once; return what they
    returned, or raise what one of them raised.
    """
    waiting = list(works)
    barrier = threading.Barrier(len(waiting))

    def released(work: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return work()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(released, waiting))


def patiently(act: Callable[[], T], conflicts: list[StoreConflict]) -> T:
    """
    Act, after a conflict again, as the caller of a use case does; the
    conflicts are added to a list.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return act()
        except StoreConflict as conflict:
            conflicts.append(conflict)
    return act()
