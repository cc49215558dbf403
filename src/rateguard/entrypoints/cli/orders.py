"""``rateguard sender``: give orders."""

from __future__ import annotations

import datetime as dt
import functools
import os
import shlex
import sys

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import attrs
import click

from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.errors import OrderRefused, RateGuardError, UnknownSender
from rateguard.domain.orders import (
    LOCK_QUOTA,
    RELEASE,
    SUSPEND,
    UNLOCK_QUOTA,
    Change,
    Order,
    RaiseBy,
    RaiseQuota,
    ResetNow,
    SetQuota,
)
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.reports import SenderQuery, SenderSort
from rateguard.domain.submission import sender_key
from rateguard.domain.usecases.manage import ManageSenders
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.history import said
from rateguard.entrypoints.cli.output.moments import AHEAD
from rateguard.entrypoints.cli.output.output import say
from rateguard.entrypoints.cli.output.texts import shown
from rateguard.entrypoints.cli.session import (
    FAILED,
    Desk,
    Session,
    complain,
    operator,
    retried,
)


_PAGE = 100
"""Senders that wait at once while they are changed: some milliseconds."""

_DONE = {
    "suspend": "all mail of this sender is blocked until it is released",
    "release": "mail of this sender is admitted again",
    "remove": "removed; its next message creates it again, with the default quota",
}

_OF_NEW = {"quota", "raised", "raised_until"}

_C = TypeVar("_C", bound=Callable[..., Any])

_QUOTA = click.IntRange(0, COUNTER_MAX)
_quota = click.option("--quota", type=_QUOTA, required=True)
_create = click.option(
    "--create", is_flag=True, help="Create it if it has never sent mail."
)
_reason = click.option("--reason", default="", help="Why; recorded in the history.")
_yes = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def _of_sender(command: _C) -> _C:
    name = click.argument("name", metavar="SENDER", type=SENDER)
    return click.pass_obj(_reason(name(command)))  # type: ignore[return-value]


def _of_senders(command: _C) -> _C:
    for parameter in (
        _yes,
        _reason,
        click.option(
            "--quota-was", type=_QUOTA, help="All senders whose quota is this one."
        ),
        click.option(
            "--domain",
            callback=_domain,
            help="All senders of this domain (no subdomains).",
        ),
        click.argument("names", metavar="[SENDER]...", nargs=-1, type=SENDER),
    ):
        command = parameter(command)
    return click.pass_obj(command)  # type: ignore[return-value]


def _domain(_context: click.Context, _option: click.Parameter, text: str | None) -> str:
    if text is None:
        return ""
    domain = sender_key(text).removeprefix("@")
    if not domain:
        raise click.BadParameter("expected a domain, as example.com")
    return domain


@click.command("set")
@_quota
@_create
@_of_senders
def set_quota(session: Session, /, quota: int, **how: Any) -> None:  # noqa: ANN401
    """
    Set the quota, now and after every reset.

    Name the senders, or choose them by --domain, --quota-was or both.
    """
    _order_senders(session, SetQuota(quota), SenderQuery(), **how)


@click.command("raise")
@click.option("--quota", type=_QUOTA, help="The quota while raised.")
@click.option(
    "--by",
    "more",
    type=click.IntRange(1, COUNTER_MAX),
    help="This many more than are counted now.",
)
@click.option(
    "--until",
    type=AHEAD,
    help="2026-12-01, '2026-12-01 18:00', 18:00, +3d or +12h; default: next reset.",
)
@_create
@_of_sender
def raise_quota(
    session: Session,
    /,
    name: str,
    *,
    quota: int | None,
    more: int | None,
    until: dt.datetime | None,
    **how: Any,  # noqa: ANN401
) -> None:
    """Raise the quota for a while, by --quota or --by."""
    if (quota is None) == (more is None):
        raise click.UsageError("give either --quota or --by")
    order = RaiseBy(more, until) if more else RaiseQuota(quota or 0, until)
    _order(session, order, [name], **how)


@click.command()
@_create
@_of_sender
def lock(session: Session, /, name: str, **how: Any) -> None:  # noqa: ANN401
    """Keep the nightly reset from changing the quota."""
    _order(session, LOCK_QUOTA, [name], **how)


@click.command()
@_of_sender
def unlock(session: Session, /, name: str, reason: str) -> None:
    """Let the nightly reset change the quota again."""
    _order(session, UNLOCK_QUOTA, [name], reason=reason)


@click.command()
@_of_sender
def reset(session: Session, /, name: str, reason: str) -> None:
    """Reset this sender's counters now."""
    _order(session, ResetNow(), [name], reason=reason)


@click.command()
@_create
@_of_senders
def suspend(session: Session, /, **how: Any) -> None:  # noqa: ANN401
    """
    Block all mail of senders until you release them.

    Name the senders, or choose them by --domain, --quota-was or both.
    """
    _order_senders(session, SUSPEND, SenderQuery(suspended=False), **how)


@click.command()
@_of_senders
def release(session: Session, /, **how: Any) -> None:  # noqa: ANN401
    """
    Admit mail of suspended senders again.

    Name the senders, or choose them by --domain, --quota-was or both.
    """
    _order_senders(session, RELEASE, SenderQuery(suspended=True), **how)


@click.command()
@_yes
@_of_sender
def remove(session: Session, /, name: str, *, reason: str, yes: bool) -> None:
    """Delete a sender; its messages stay."""
    with session.desk() as desk:
        if not yes:
            click.confirm(f"Delete {shown(name)} and its counters?", abort=True)
        say(answer(remove_sender(desk, name, reason=reason)) + "\n")


def _order_senders(  # noqa: PLR0913 - the options of _of_senders
    session: Session,
    order: Order,
    wanted: SenderQuery,
    /,
    names: Sequence[str],
    *,
    domain: str,
    quota_was: int | None,
    yes: bool,
    **how: Any,  # noqa: ANN401 - as _order has them
) -> None:
    """Carry out an order on those named, or else on all that are chosen."""
    chosen = bool(domain) or quota_was is not None
    if chosen == bool(names):
        raise click.UsageError(
            "name senders, or choose them by --domain or --quota-was"
        )
    if names:
        _order(session, order, names, **how)
    elif how.get("create"):
        raise click.UsageError(
            "--create needs senders by name, not --domain or --quota-was"
        )
    else:
        query = attrs.evolve(wanted, domain=domain, quota=quota_was)
        with session.desk() as desk:
            _order_chosen(desk, order, query, reason=how["reason"], yes=yes)


def _order(
    session: Session,
    order: Order,
    names: Sequence[str],
    *,
    reason: str,
    create: bool | None = None,
) -> None:
    """Carry out an order on each; *create* is None where that is no option."""
    with session.desk() as desk:
        refused = False
        for name in dict.fromkeys(names):
            try:
                change = carry_out(
                    desk, name, order, reason=reason, create=bool(create)
                )
            except OrderRefused as error:
                refused = True
                if isinstance(error, UnknownSender):
                    error = desk.advised(error, creates=create is not None)
                complain(str(error))
            else:
                say(answer(change) + "\n")
                _tell_if_over(desk, name, order)
        if refused:
            sys.exit(FAILED)


def _tell_if_over(desk: Desk, sender: str, order: Order) -> None:
    if order.action not in {SetQuota.action, RaiseQuota.action}:
        return
    with desk.looking() as unit:
        entry = unit.reports.sender(sender)
    counter = entry and entry.counter.in_force(desk.now())
    if counter and counter.over_quota:
        still = "still " if order.action == RaiseQuota.action else ""
        say(
            f"{shown(sender)} is {still}over its quota: {counter.used:,} counted"
            f" (blocked tries included), quota {counter.policy.quota:,};"
            " to admit more:"
            f" rateguard sender raise {shlex.quote(shown(sender))} --by 100\n"
        )


def answer(change: Change) -> str:
    """Return one line."""
    sender = shown(change.sender)
    if not change.fields:
        return f"{sender}: nothing to change"
    done = _DONE.get(change.action)
    if done is None:
        fields = change.fields
        made = not any(field.before for field in fields)
        if made:
            # Of a sender that was not there before, all would be news.
            fields = tuple(field for field in fields if field.name in _OF_NEW)
        done = said([attrs.asdict(field) for field in fields])
        done = f"created: {done}" if made else done
    return f"{sender}: {done}"


def _order_chosen(
    desk: Desk, order: Order, query: SenderQuery, *, reason: str, yes: bool
) -> None:
    count = _count(desk, query)
    if not count:
        say("nothing to change: no sender matches\n")
        return
    if not yes:
        effect = f"This changes {_senders(count)}."
        if not sys.stdin.isatty():
            raise click.UsageError(f"{effect} Add --yes to confirm.")
        click.confirm(f"{effect} Continue?", abort=True)
    changed = same = 0
    try:
        for change in _changes(desk, order, query, reason):
            changed += bool(change.fields)
            same += not change.fields
    except (KeyboardInterrupt, RateGuardError):
        complain(f"{changed:,} of {count:,} changed so far; run it again for the rest")
        raise
    say(f"{_senders(changed)} changed")
    say(f", {same:,} unchanged\n" if same else "\n")
    if isinstance(order, SetQuota):
        over = attrs.evolve(query, quota=order.quota, over_quota=True)
        if count := _count(desk, over):
            say(
                f"over this quota now (blocked tries are counted): {_senders(count)};"
                " see rateguard sender list --over-quota\n"
            )


def _changes(
    desk: Desk, order: Order, query: SenderQuery, reason: str
) -> Iterator[Change]:
    """Yield what was changed; each page of senders is a unit of work of its own."""
    manage = _manage(desk)
    page = attrs.evolve(query, sort=SenderSort.SENDER, limit=_PAGE)
    while True:
        with desk.looking() as unit:
            entries = unit.reports.senders(page, at=desk.now())
        names = [entry.counter.sender for entry in entries]
        yield from retried(
            functools.partial(
                manage.several, names, order, reason=reason, quota_was=query.quota
            )
        )
        if len(names) < _PAGE:
            return
        page = attrs.evolve(page, after=names[-1])


def _count(desk: Desk, query: SenderQuery) -> int:
    with desk.looking() as unit:
        return unit.reports.count(query, at=desk.now())


def _senders(count: int) -> str:
    return f"{count:,} sender" if count == 1 else f"{count:,} senders"


def carry_out(
    desk: Desk, sender: str, order: Order, *, reason: str, create: bool = False
) -> Change:
    """Carry out an order, once nobody is in the way."""
    manage = _manage(desk)
    return retried(lambda: manage(sender, order, reason=reason, create=create))


def remove_sender(desk: Desk, sender: str, *, reason: str) -> Change:
    """Forget a sender, its messages first."""
    manage = _manage(desk)
    done: int | None = 0
    position = 0
    while done is not None:
        position = done
        done = retried(functools.partial(manage.let_go, sender, after=position))
    return retried(lambda: manage.remove(sender, reason=reason, let_go=position))


def _manage(desk: Desk) -> ManageSenders:
    desk.require_database()
    return ManageSenders(
        units=desk.database.unit,
        clock=desk.tools.clock,
        newcomer=QuotaPolicy.of(desk.loaded.settings.quota),
        by=operator(desk.loaded.environment, os.getuid()),
    )
