"""
One transaction over all that is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rateguard.domain.ports.counting import (
    CounterRepository,
    MessageLog,
    ResetLedger,
)
from rateguard.domain.ports.notifying import Outbox
from rateguard.domain.ports.operating import History, Reports


class UnitOfWork(Protocol):
    """
    One transaction: a context manager that rolls back unless
    :meth:`commit` was called.

    Used by one thread, once. Entering it may raise ``StoreUnavailable``.
    """

    @property
    def counters(self) -> CounterRepository:
        """
        All counters.
        """

    @property
    def messages(self) -> MessageLog:
        """
        The log of judged messages.
        """

    @property
    def resets(self) -> ResetLedger:
        """
        The resets that were begun.
        """

    @property
    def outbox(self) -> Outbox:
        """
        Events on their way to notifiers.
        """

    @property
    def history(self) -> History:
        """
        What operators did.
        """

    @property
    def reports(self) -> Reports:
        """
        Everything, to look at.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def commit(self) -> None:
        """
        Make everything done in this unit durable, all or nothing. When it
        returns, a power cut no longer undoes it (as far as the store was
        told to be durable).

        Raises:
            StoreConflict: nothing was kept.
            StoreUnavailable: whether it was kept is unknown.
        """


Units = Callable[[], UnitOfWork]
"""Makes a fresh unit of work; callable from every thread."""
