"""Everything that RateGuard raises on purpose."""

from __future__ import annotations

from typing import ClassVar

from rateguard.domain.escaping import escaped


class RateGuardError(Exception):
    """The root: whoever catches it catches all of ours and nothing else."""


class DeliveryFailed(RateGuardError):
    """
    A notifier could not hand an alert over, or does not know whether it did.
    The text says why, and never a secret: it is logged, kept and shown.
    """


class SourceUnreadable(RateGuardError):
    """
    What another program left behind cannot be read or makes no sense. The
    text has a line for each thing that is wrong; nothing was changed.
    """


class CannotLook(RateGuardError):
    """What is to be looked at cannot be seen; the text says why. Not a fault of it."""


class BadRequest(RateGuardError):
    """
    A peer does not speak the policy protocol; hang up.

    Attributes:
        sample: The beginning of what it sent.
    """

    def __init__(self, problem: str, sample: bytes) -> None:
        super().__init__(problem)
        self.sample = sample


class NoAnswer(RateGuardError):
    """A policy service did not answer; the text says why, its cause too."""


class OrderRefused(RateGuardError):
    """What an operator asks for cannot be done; the text says why, and what can."""


class UnknownSender(OrderRefused):
    """
    There is no such sender.

    Attributes:
        sender: Canonical key.
    """

    def __init__(self, sender: str, advice: str = "") -> None:
        problem = f"unknown sender {escaped(sender)} (has never sent mail)"
        super().__init__(f"{problem}; {advice}" if advice else problem)
        self.sender = sender


class StoreError(RateGuardError):
    """
    The store could not do what was asked; nothing of the unit was kept.

    Attributes:
        kind: One word for it.
    """

    kind: ClassVar[str] = "other"


class StoreUnavailable(StoreError):
    """
    The store cannot be reached or cannot write now. Trying again at once is
    useless; trying again later is right.
    """

    kind = "unavailable"


class StoreOutdated(StoreUnavailable):
    """
    The store lacks tables or columns that this version needs: somebody has to
    run ``rateguard migrate``.
    """

    kind = "outdated"


class StoreInterrupted(StoreUnavailable):
    """
    The connection to the store broke. The same unit, begun afresh on a new
    one, may succeed; if it broke at the commit, everything may have been kept.
    """

    kind = "interrupted"


class StoreConflict(StoreError):
    """
    Somebody else's transaction was in the way (deadlock, lock wait,
    certification). The same unit, begun afresh, is likely to succeed.
    """

    kind = "conflict"


class SchemaLocked(StoreError):
    """
    Another ``rateguard migrate`` is at work, or one was killed at it; or a
    transaction of somebody else does not let go of a table.
    """
