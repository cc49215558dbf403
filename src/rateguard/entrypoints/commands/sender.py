"""
``rateguard sender``.
"""

from __future__ import annotations

import click

from rateguard.entrypoints.lazy import LazyGroup


_COMMANDS = {
    "list": "sender_looks:list_senders",
    "top": "sender_looks:top",
    "show": "sender_looks:show_sender",
    "set": "sender_orders:set_quota",
    "raise": "sender_orders:raise_quota",
    "lock": "sender_orders:lock",
    "unlock": "sender_orders:unlock",
    "reset": "sender_orders:reset",
    "suspend": "sender_orders:suspend",
    "release": "sender_orders:release",
    "remove": "sender_orders:remove",
}


@click.group(cls=LazyGroup, places=_COMMANDS)
def sender() -> None:
    """
    See senders, change their quotas, stop and release them.
    """
