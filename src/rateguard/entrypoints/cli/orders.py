"""``rateguard sender``: give orders."""

from __future__ import annotations

import datetime as dt
import functools
import os

from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import click

from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.orders import (
    Change,
    LockQuota,
    Order,
    RaiseQuota,
    Release,
    SetQuota,
    StartOver,
    Suspend,
    UnlockQuota,
)
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.usecases.manage import ManageSender
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.history import said
from rateguard.entrypoints.cli.output.moments import AHEAD
from rateguard.entrypoints.cli.output.output import say
from rateguard.entrypoints.cli.output.texts import shown
from rateguard.entrypoints.cli.session import (
    Desk,
    Session,
    operator,
    retried,
)


_DONE = {
    "suspend": "all mail of this sender is deferred until he is released",
    "release": "mail of this sender is admitted again",
    "remove": "forgotten; his next message makes him anew, with the default quota",
}


def answer(change: Change) -> str:
    """Return one line."""
    sender = shown(change.sender)
    if not change.fields:
        return f"{sender}: nothing to change, it is so already"
    done = _DONE.get(change.action)
    if done is None:
        done = said([attrs.asdict(field) for field in change.fields])
    return f"{sender}: {done}"


_C = TypeVar("_C", bound=Callable[..., Any])

_quota = click.option("--quota", type=click.IntRange(0, COUNTER_MAX), required=True)
_create = click.option(
    "--create", is_flag=True, help="Also if he has sent nothing yet."
)


def _of_sender(command: _C) -> _C:
    for parameter in (
        click.option("--reason", default="", help="Why; kept in the history."),
        click.argument("name", metavar="SENDER", type=SENDER),
    ):
        command = parameter(command)
    return click.pass_obj(command)  # type: ignore[return-value]


def _order(
    session: Session,
    name: str,
    order: Order,
    *,
    reason: str,
    create: bool | None = None,
) -> None:
    with session.desk(creates=create is not None) as at_desk:
        change = carry_out(at_desk, name, order, reason=reason, create=bool(create))
        say(answer(change) + "\n")


@click.command("set")
@_quota
@_create
@_of_sender
def set_quota(session: Session, /, name: str, quota: int, **how: Any) -> None:  # noqa: ANN401
    """Set the quota of today and of every later day."""
    _order(session, name, SetQuota(quota), **how)


@click.command("raise")
@_quota
@click.option(
    "--until",
    type=AHEAD,
    help="2026-12-01, '2026-12-01 18:00', 18:00, +3d or +12h; else the next reset.",
)
@_create
@_of_sender
def raise_quota(
    session: Session,
    /,
    name: str,
    *,
    quota: int,
    until: dt.datetime | None,
    **how: Any,  # noqa: ANN401
) -> None:
    """Give a higher quota for a while."""
    _order(session, name, RaiseQuota(quota, until), **how)


@click.command()
@_create
@_of_sender
def lock(session: Session, /, name: str, **how: Any) -> None:  # noqa: ANN401
    """Have the nightly reset leave the quota alone."""
    _order(session, name, LockQuota(), **how)


@click.command()
@_of_sender
def unlock(session: Session, /, name: str, reason: str) -> None:
    """Have the nightly reset set the quota again."""
    _order(session, name, UnlockQuota(), reason=reason)


@click.command()
@_of_sender
def reset(session: Session, /, name: str, reason: str) -> None:
    """Start a new period for this sender alone."""
    _order(session, name, StartOver(), reason=reason)


@click.command()
@_create
@_of_sender
def suspend(session: Session, /, name: str, **how: Any) -> None:  # noqa: ANN401
    """Defer all mail of this sender until he is released."""
    _order(session, name, Suspend(), **how)


@click.command()
@_of_sender
def release(session: Session, /, name: str, reason: str) -> None:
    """Admit mail of a suspended sender again."""
    _order(session, name, Release(), reason=reason)


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@_of_sender
def remove(session: Session, /, name: str, *, reason: str, yes: bool) -> None:
    """Forget a sender; his messages stay."""
    with session.desk() as at_desk:
        if not yes:
            click.confirm(f"Forget {shown(name)} and his counters?", abort=True)
        say(answer(remove_sender(at_desk, name, reason=reason)) + "\n")


def carry_out(
    desk: Desk, sender: str, wanted: Order, *, reason: str, create: bool = False
) -> Change:
    """Carry out an order, once nobody is in the way."""
    manage = _manage(desk)
    return retried(lambda: manage(sender, wanted, reason=reason, create=create))


def remove_sender(desk: Desk, sender: str, *, reason: str) -> Change:
    """Forget a sender, his messages first."""
    manage = _manage(desk)
    done: int | None = 0
    position = 0
    while done is not None:
        position = done
        done = retried(functools.partial(manage.let_go, sender, after=position))
    return retried(lambda: manage.remove(sender, reason=reason, let_go=position))


def _manage(desk: Desk) -> ManageSender:
    desk.require_database()
    return ManageSender(
        units=desk.database.unit,
        clock=desk.tools.clock,
        newcomer=QuotaPolicy.of(desk.loaded.settings.quota),
        by=operator(desk.loaded.environment, os.getuid()),
    )
