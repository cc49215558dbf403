"""``rateguard messages``."""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence
from typing import Any

import attrs
import click

from rateguard.domain.reports import LoggedMessage, MessageQuery
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.output.moments import BACK
from rateguard.entrypoints.cli.output.output import Shape, expect, limited, shaped, show
from rateguard.entrypoints.cli.output.table import Column, Row, Table
from rateguard.entrypoints.cli.output.texts import local_time
from rateguard.entrypoints.cli.session import Session


LOOK_BACK = dt.timedelta(days=1)
"""Where nobody says since when."""

_ID = click.IntRange(1, 9_223_372_036_854_775_807)


@click.command()
@click.option("--sender", default="", type=SENDER, help="Only of this sender.")
@click.option("--client", default="", help="Client address, or part of a host name.")
@click.option("--queue-id", default="", help="A complete queue id.")
@click.option(
    "--blocked/--accepted", default=None, help="Only blocked or only accepted messages."
)
@click.option(
    "--since",
    type=BACK,
    help="2026-12-01, '2026-12-01 18:00', 18:00, -3d or -12h; default: -24h.",
)
@click.option("--until", type=BACK, help="Likewise; default: now.")
@limited(50)
@click.option(
    "--after", metavar="ID", type=_ID, help="Start after the message with this id."
)
@shaped
@click.pass_obj
def messages(
    session: Session,
    /,
    *,
    shape: Shape,
    since: dt.datetime | None,
    until: dt.datetime | None,
    limit: int,
    **wanted: Any,  # noqa: ANN401 - as MessageQuery has them
) -> None:
    """Show judged messages, newest first."""
    with session.desk() as at_desk:
        expect(shape)
        begin = since or (until or at_desk.now()) - LOOK_BACK
        query = MessageQuery(since=begin, until=until, limit=limit + 1, **wanted)
        with at_desk.looking() as unit:
            found = unit.reports.messages(query)
        if since is None:
            # Not where scripts read.
            click.echo(
                f"since {local_time(begin)}; --since looks further back", err=True
            )
        page = found[:limit]
        following = {"after": page[-1].id} if len(found) > limit else None
        show(message_table(page), shape, following)


_KEYS = tuple(field.name for field in attrs.fields(LoggedMessage))


def message_table(messages: Sequence[LoggedMessage], *, of_one: bool = False) -> Table:
    """Return a table of messages, without the sender if they are *of_one*."""
    columns = [
        Column.time("at", "at"),
        Column.of("queue id", "queue_id"),
        Column.name("sender", "sender", yields=1, least=26),
        Column("client", _client, yields=4, short=_address, least=13),
        Column.number("rcpts", "recipients", yields=3),
        Column("verdict", _verdict, style=_red),
        Column.of("from", "from_address", yields=2),
    ]
    if of_one:
        del columns[2]
    rows = [attrs.asdict(message) for message in messages]
    return Table(_KEYS, columns, rows, "no messages in that time")


def _client(row: Row) -> str:
    return f"{row['client_name'] or 'unknown'}[{_address(row)}]"


def _address(row: Row) -> str:
    return row["client_address"] or "unknown"


def _verdict(row: Row) -> str:
    return "blocked" if row["blocked"] else "accepted"


def _red(row: Row) -> str:
    return "red" if row["blocked"] else ""
