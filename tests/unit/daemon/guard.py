"""A committer at work, and requests to it."""

from __future__ import annotations

import asyncio

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs

from rateguard.domain.decision import Decision
from rateguard.domain.ports import Meter, Observer
from rateguard.domain.submission import Submission
from rateguard.entrypoints.daemon.committer import AfterReply, Committer
from rateguard.entrypoints.daemon.lane import Judge
from tests.unit.daemon.doubles import GatedJudge, Mailbox, Observed
from tests.unit.daemon.loops import turns


DEADLINE = 5.0


def told(decision: Decision) -> bytes:
    """Return what stands for the encoded decision."""
    return decision.reason.name.encode()


class ObservedInLoop(Observed):
    """An observer for whom the event loop can wait."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """Keep a batch and say so."""
        super().decided(submissions, decisions)
        self._loop.call_soon_threadsafe(self._told.set)

    async def told(self) -> None:
        """Return when a batch was judged, and its verdicts are with the loop."""
        await self._told.wait()


@attrs.define
class Guard:
    """A committer and all that was asked of it."""

    committer: Committer
    observed: ObservedInLoop
    mailboxes: list[Mailbox] = attrs.Factory(list)

    def ask(self, sender: str = "anna", transaction: str = "") -> Mailbox:
        """Submit a message; return where the reply will be."""
        mailbox = Mailbox()
        self.mailboxes.append(mailbox)
        submission = Submission(sender, transaction=transaction)
        self.committer.submit(submission, mailbox)
        return mailbox


@asynccontextmanager
async def guarding(
    judge: Judge,
    *,
    lanes: int = 1,
    started: bool = True,
    observer: Observer | None = None,
    meter: Meter | None = None,
) -> AsyncIterator[Guard]:
    """
    A committer, for as long as the block lasts.

    On the way out everything is judged, and every request that was made must
    have had exactly one reply.
    """
    observed = ObservedInLoop()
    committer = Committer(
        judge=judge,
        after_reply=AfterReply(observer or observed, meter),
        encode=told,
        lanes=lanes,
        deadline=DEADLINE,
    )
    if started:
        committer.start()
    guard = Guard(committer, observed)
    try:
        yield guard
    finally:
        if isinstance(judge, GatedJudge):
            judge.open()
        committer.stop()
        hanging = await asyncio.to_thread(committer.join, 30)
        await turns()
    assert list(hanging) == []
    assert {1} >= {len(mailbox.replies) for mailbox in guard.mailboxes}
