"""``rateguard messages``."""

from __future__ import annotations

import datetime as dt

from typing import Any

import click

from rateguard.domain.reports import MessageQuery
from rateguard.entrypoints.cli.completion import SENDER
from rateguard.entrypoints.cli.output.output import Shape, expect, shaped, show
from rateguard.entrypoints.cli.output.texts import BACK, local_time
from rateguard.entrypoints.cli.senders import ID, LIMIT, LOOK_BACK, message_table
from rateguard.entrypoints.cli.session import Session


@click.command()
@click.option(
    "--sender",
    default="",
    type=SENDER,
    help="Only of this one.",
)
@click.option("--client", default="", help="An address, or part of a host name.")
@click.option("--queue-id", default="", help="The whole of it.")
@click.option("--blocked/--accepted", default=None, help="Only those.")
@click.option(
    "--since",
    type=BACK,
    help="2026-12-01, '2026-12-01 18:00', 18:00, -3d or -12h; else -24h.",
)
@click.option("--until", type=BACK, help="The same; else now.")
@click.option("--limit", type=LIMIT, default=50, show_default=True)
@click.option(
    "--after", metavar="ID", type=ID, help="Begin behind the message with this id."
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
    """Show judged messages, the newest first."""
    with session.desk() as at_desk:
        expect(shape)
        begin = since or (until or at_desk.now()) - LOOK_BACK
        query = MessageQuery(
            since=begin,
            until=until,
            limit=limit + 1,
            **wanted,
        )
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
