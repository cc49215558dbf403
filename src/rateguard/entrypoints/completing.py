"""
Names of senders, while somebody types.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from rateguard.domain.errors import RateGuardError
from rateguard.domain.reports import SenderQuery, SenderSort
from rateguard.domain.submission import sender_key


_HASTY = {"DB_TIMEOUT": "1"}
_MOST = 50


def senders(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    """
    Return names that begin so; none if the store cannot be asked at once.
    """
    env_file = context.find_root().params.get("env_file")
    try:
        return [name for name in _found(env_file, incomplete) if name.isprintable()]
    except (RateGuardError, OSError):
        return []


def _found(env_file: object, incomplete: str) -> Sequence[str]:
    # Only now: every command that has a sender imports this module.
    from pathlib import Path  # noqa: PLC0415

    from rateguard.entrypoints.container.access import StoreAccess  # noqa: PLC0415
    from rateguard.entrypoints.environment import load, parse  # noqa: PLC0415

    loaded = load(Path(str(env_file)) if env_file else None)
    hasty = parse({**loaded.environment, **_HASTY})
    access = StoreAccess(hasty.settings)
    if not access.dialect.exists():
        return []
    asked = SenderQuery(
        beginning=sender_key(incomplete), sort=SenderSort.SENDER, limit=_MOST
    )
    # Not the one that is patient.
    with access.reading_unit() as unit:
        found = unit.reports.senders(asked, at=access.clock.now())
    return [entry.counter.sender for entry in found]
