"""
QUOTA is of new senders. Who changes it often expects it to change all: what says so
is here, for all commands that do.
"""

from __future__ import annotations

from rateguard.domain.errors import StoreError
from rateguard.domain.ports import Database, UnitOfWork
from rateguard.domain.reports import Totals
from rateguard.entrypoints.settings import Settings


def quota_hint(database: Database, settings: Settings) -> str:
    """
    Return a sentence if QUOTA is not the quota of most senders; ``""`` if it is, or
    the database does not tell.
    """
    try:
        if not database.exists() or database.schema.pending():
            return ""
        with database.reading_unit() as unit:
            return hint(unit, settings.quota)
    except StoreError:
        return ""


def hint(unit: UnitOfWork, quota: int, totals: Totals | None = None) -> str:
    """
    Return the same. *totals* that were counted with *quota* may spare counting how
    often each quota is there.
    """
    if totals is not None and 2 * totals.of_quota >= totals.senders:
        return ""
    common = unit.reports.common_quota()
    if common is None or common.quota == quota:
        return ""
    senders = (
        "1 sender has" if common.senders == 1 else f"{common.senders:,} senders have"
    )
    return (
        f"{senders} {common.quota}; QUOTA applies to new senders;"
        f" rateguard sender set --quota-was {common.quota} --quota {quota}"
    )
