"""
What the domain needs of the world, in its own words.

Every store raises only :class:`~rateguard.domain.errors.StoreUnavailable` and
:class:`~rateguard.domain.errors.StoreConflict` for what goes wrong outside of
us; anything else it raises is a bug.
"""

from __future__ import annotations

from rateguard.domain.ports.counting import (
    CounterRepository,
    MessageLog,
    MessageRecord,
    ResetLedger,
    ResetRun,
)
from rateguard.domain.ports.notifying import (
    ATTEMPT_SECONDS,
    Notifier,
    Outbox,
)
from rateguard.domain.ports.operating import (
    History,
    Reports,
)
from rateguard.domain.ports.unit import (
    UnitOfWork,
    Units,
)
from rateguard.domain.ports.watching import (
    Clock,
    Meter,
    Observer,
    Survey,
)


__all__ = [
    "ATTEMPT_SECONDS",
    "Clock",
    "CounterRepository",
    "History",
    "MessageLog",
    "MessageRecord",
    "Meter",
    "Notifier",
    "Observer",
    "Outbox",
    "Reports",
    "ResetLedger",
    "ResetRun",
    "Survey",
    "UnitOfWork",
    "Units",
]
