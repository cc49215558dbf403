"""A judge and an observer that do as the test says, and peers that listen."""

from __future__ import annotations

import asyncio
import threading

from collections.abc import Callable, Sequence

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.submission import Submission


ACCEPTED = Decision(Verdict.ACCEPT, Reason.WITHIN_QUOTA, 1, 9)

_MOST_LANES = 64

Outcome = Callable[[Sequence[Submission]], list[Decision]]


def accept(batch: Sequence[Submission]) -> list[Decision]:
    """Let everything pass."""
    return [ACCEPTED] * len(batch)


class ScriptedJudge:
    """Does something else at each call; when the script is over, it accepts."""

    def __init__(self, *script: Outcome | Exception) -> None:
        self.batches: list[list[Submission]] = []
        self._script = list(script)

    def __call__(self, batch: Sequence[Submission]) -> list[Decision]:
        """Play the next part."""
        self.batches.append(list(batch))
        part = self._script.pop(0) if self._script else accept
        if isinstance(part, Exception):
            raise part
        return part(batch)


class GatedJudge:
    """Holds every batch until the test lets it go."""

    def __init__(self, judge: Outcome = accept) -> None:
        self.batches: list[list[Submission]] = []
        self._judge = judge
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[list[Submission]] = asyncio.Queue()
        self._gate = threading.Semaphore(0)
        self._opened = threading.Event()

    def __call__(self, batch: Sequence[Submission]) -> list[Decision]:
        """Say that a batch is here, and wait."""
        self.batches.append(list(batch))
        self._loop.call_soon_threadsafe(self._arrived.put_nowait, list(batch))
        if not self._opened.is_set():
            self._gate.acquire()
        return self._judge(batch)

    async def arrival(self) -> list[Submission]:
        """Return the next batch that is held here."""
        return await self._arrived.get()

    def let_go(self) -> None:
        """Let one batch be judged."""
        self._gate.release()

    def open(self) -> None:
        """Hold nothing any more."""
        self._opened.set()
        self._gate.release(_MOST_LANES)


class Observed:
    """An ``Observer`` that remembers."""

    def __init__(self) -> None:
        self.batches: list[tuple[list[Submission], list[Decision]]] = []

    def decided(
        self, submissions: Sequence[Submission], decisions: Sequence[Decision]
    ) -> None:
        """Keep a batch."""
        self.batches.append((list(submissions), list(decisions)))


class Mailbox:
    """Takes the replies to one request."""

    def __init__(self) -> None:
        self.replies: list[bytes] = []
        self._came = asyncio.Event()

    def __call__(self, reply: bytes) -> None:
        """Take a reply."""
        self.replies.append(reply)
        self._came.set()

    async def reply(self) -> bytes:
        """Return the first reply, when it is here."""
        await self._came.wait()
        return self.replies[0]
