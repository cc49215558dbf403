"""
What operators order, done.
"""

from __future__ import annotations

import functools
import os

from rateguard.domain.history import Change
from rateguard.domain.orders import Order
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.manage_sender import ManageSender
from rateguard.entrypoints.desk import Desk
from rateguard.entrypoints.patience import patiently
from rateguard.entrypoints.who import operator


def order(
    desk: Desk, sender: str, wanted: Order, *, reason: str, create: bool = False
) -> Change:
    """
    Carry out an order, once nobody is in the way.
    """
    manage = _manage(desk)
    return patiently(lambda: manage(sender, wanted, reason=reason, create=create))


def remove(desk: Desk, sender: str, *, reason: str) -> Change:
    """
    Forget a sender, his messages first.
    """
    manage = _manage(desk)
    done: int | None = 0
    position = 0
    while done is not None:
        position = done
        done = patiently(functools.partial(manage.let_go, sender, after=position))
    return patiently(lambda: manage.remove(sender, reason=reason, let_go=position))


def _manage(desk: Desk) -> ManageSender:
    desk.require_store()
    loaded, access = desk.loaded, desk.access
    return ManageSender(
        units=access.unit,
        clock=access.clock,
        newcomer=QuotaPolicy.of(loaded.settings.quota),
        by=operator(loaded.environment, os.getuid()),
    )
