"""``rateguard notify``: who gets alerts, and which still wait."""

from __future__ import annotations

import functools
import sys
import uuid

from collections.abc import Callable, Iterator

import click

from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.escaping import escaped
from rateguard.domain.events import Alert, Delivery, NotificationTest
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from rateguard.entrypoints.cli.session import FAILED, Session, Tools, told
from rateguard.entrypoints.settings.environment import Loaded


_NOBODY = (
    "nobody gets alerts: set WEBHOOK_ENABLED, MAIL_ENABLED or SENTRY_DSN,"
    " or install a notifier"
)


@click.group()
def notify() -> None:
    """Test alerts; list and retry undelivered ones."""


@notify.command("test")
@click.pass_obj
def test_all(session: Session) -> None:
    """
    Send a test through every notifier, and to Sentry.

    Exits with 1 if any of them fails.
    """
    with told():
        loaded = session.load()
        receivers = dict(_receivers(session.tools, loaded))
        sentry = session.tools.sentry(loaded.settings)
        if sentry is not None:
            receivers["sentry"] = sentry.send_test
        if not receivers:
            click.echo(_NOBODY)
            sys.exit(FAILED)
        failed = False
        for name, send in receivers.items():
            try:
                send()
            except DeliveryFailed as error:
                failed = True
                click.echo(f"{name}: failed: {error}")
            else:
                click.echo(f"{name}: delivered")
        if failed:
            sys.exit(FAILED)


def _receivers(
    tools: Tools, loaded: Loaded
) -> Iterator[tuple[str, Callable[[], None]]]:
    submission = Submission(
        "test@example.com",
        recipients=10,
        queue_id="TEST",
        login="test@example.com",
        client_name="client.example.com",
        client_address="192.0.2.1",
        from_address="test@example.com",
        to_address="",
    )
    counter = SenderCounter(submission.sender, QuotaPolicy.of(1000), 400, 1001)
    event = NotificationTest(submission, counter, tools.clock.now())
    for notifier in tools.notifiers(loaded):
        alert = Alert(str(uuid.uuid4()), event, 1)
        yield notifier.name, functools.partial(notifier.deliver, alert)


@notify.command("list")
@click.option("--limit", default=100, show_default=True, help="Number of alerts shown.")
@click.pass_obj
def list_unfinished(session: Session, limit: int) -> None:
    """Show alerts that are waiting or were given up, newest first."""
    with session.desk() as at_desk:
        with at_desk.looking() as unit:
            unfinished = unit.outbox.unfinished(limit=limit)
        for delivery in unfinished:
            click.echo(_line(delivery))
        if not unfinished:
            click.echo("no alerts are waiting")


def _line(delivery: Delivery) -> str:
    event = delivery.event
    state = "given up" if delivery.given_up_at else "due"
    state_at = delivery.given_up_at or delivery.due_at
    return (
        f"{delivery.id}  {event.at.astimezone():%Y-%m-%d %H:%M:%S}  {event.kind}"
        f"  {escaped(event.submission.sender)}  {delivery.notifier}"
        f"  {state} {state_at.astimezone():%Y-%m-%d %H:%M:%S}"
        f"  attempts {delivery.attempts}  {delivery.error or 'not tried yet'}"
    )


@notify.command()
@click.argument("ids", nargs=-1, type=int)
@click.option(
    "--all", "every", is_flag=True, help="All that are waiting or were given up."
)
@click.pass_obj
def retry(session: Session, ids: tuple[int, ...], *, every: bool) -> None:
    """
    Retry these alerts now, and for another three days if need be.

    The running daemon picks them up within 15 seconds.
    """
    if bool(ids) == every:
        raise click.UsageError(
            "give ids as `rateguard notify list` shows them, or --all"
        )
    with session.desk() as at_desk:
        at_desk.require_database()
        with at_desk.database.unit() as unit:
            count = unit.outbox.retry(None if every else ids, now=at_desk.now())
            unit.commit()
        click.echo(f"{count} due now")
        if count < len(ids):
            click.echo("the other ids are unknown, or were delivered already", err=True)
            sys.exit(FAILED)
