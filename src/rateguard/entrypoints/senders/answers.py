"""
What is said of an order that was carried out.
"""

from __future__ import annotations

import attrs

from rateguard.domain.history import Change
from rateguard.entrypoints.display.texts import shown
from rateguard.entrypoints.senders.logged import said


_DONE = {
    "suspend": "all mail of this sender is deferred until he is released",
    "release": "mail of this sender is admitted again",
    "remove": "forgotten; his next message makes him anew, with the default quota",
}


def answer(change: Change) -> str:
    """
    Return one line.
    """
    sender = shown(change.sender)
    if not change.fields:
        return f"{sender}: nothing to change, it is so already"
    done = _DONE.get(change.action)
    if done is None:
        done = said([attrs.asdict(field) for field in change.fields])
    return f"{sender}: {done}"
