"""From an alert to the subject and the text of a mail."""

from __future__ import annotations

import datetime as dt
import shlex

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import jinja2

from rateguard.adapters.notify.failure import escaped
from rateguard.domain.counter import SenderCounter
from rateguard.domain.errors import RateGuardError
from rateguard.domain.events import EVENTS, Alert, SentMessage
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission


_AT = dt.datetime(2024, 2, 29, 12, 0, tzinfo=dt.UTC)
_FULL = Submission(
    "anna@example.com",
    queue_id="4cK2x71",
    login="anna@example.com",
    auth_method="PLAIN",
    client_name="host.example.net",
    client_address="192.0.2.7",
    helo="laptop",
    from_address="anna@example.com",
    to_address="ben@example.org",
)
_BARE = Submission("anna@example.com")
_COUNTER = SenderCounter(_FULL.sender, QuotaPolicy.of(100), 51, 101, 51, 101)
_RECENT = (
    SentMessage("4cK2x71", "192.0.2.7", "host.example.net", 1, blocked=True, at=_AT),
)

SAMPLES = tuple(
    alert
    for event in EVENTS.values()
    for alert in (
        Alert("sample", event(_FULL, _COUNTER, _AT), 1, _RECENT, _AT),
        Alert("sample", event(_BARE, _COUNTER, _AT)),
    )
)
"""Of every kind of event one with all that can be known, and one with as little
as there may be: so both ways of an ``{% if %}`` are gone."""


MAX_QUEUE_IDS = 5


@attrs.define
class Client:
    """
    An address that messages came from.

    Attributes:
        last: When the newest of them came, local time.
    """

    address: str
    name: str
    messages: int
    last: str


def facts(
    alert: Alert, *, to_sender: bool, zone: dt.tzinfo | None = None
) -> dict[str, Any]:
    """
    Return the variables. Texts are escaped: each is one line, whatever
    strangers sent. The same names for every event and every reader: the
    sender, if *to_sender*, or the operators. Times are those of *zone*, by
    default the local one.
    """
    event = alert.event
    submission, counter = event.submission, event.counter
    since = alert.counted_since
    return {
        "event": event.kind,
        "event_id": escaped(alert.event_id),
        "to_sender": to_sender,
        "sender": escaped(submission.sender),
        "messages": counter.messages,
        "recipients": counter.recipients,
        "used": counter.used,
        "quota": counter.policy.quota,
        "quota_reset": counter.policy.quota_reset,
        "share": counter.share,
        "at": _shown(event.at, zone),
        "counted_since": "" if since is None else _shown(since, zone),
        "resets_at": _shown(_next_midnight(event.at, zone), zone),
        "queue_id": escaped(submission.queue_id),
        "client_address": escaped(submission.client_address),
        "client_name": escaped(submission.client_name),
        "from_address": escaped(submission.from_address),
        "recent_messages": len(alert.recent),
        "addresses": _clients(alert.recent, zone),
        "queue_ids": _queue_ids(alert.recent),
        "raise_quota": "" if to_sender else raise_quota(submission.sender),
    }


def raise_quota(sender: str) -> str:
    """
    Return the command that raises the quota of *sender* to N until the next
    reset, on one line, for a shell; ``""`` if it cannot be written for one.
    """
    if "\0" in sender:
        return ""
    if sender.isprintable():
        name = shlex.quote(sender)
    else:
        # What cannot be shown as it is; bash, zsh and ksh understand it.
        try:
            octets = sender.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return ""
        name = "$'" + "".join(f"\\x{octet:02x}" for octet in octets) + "'"
    end_of_options = "-- " if sender.startswith("-") else ""
    return f"rateguard sender raise --quota N {end_of_options}{name}"


def _clients(recent: Sequence[SentMessage], zone: dt.tzinfo | None) -> list[Client]:
    found: dict[str, Client] = {}
    for message in recent:
        client = found.get(message.client_address)
        if client is None:
            found[message.client_address] = Client(
                escaped(message.client_address),
                escaped(message.client_name),
                1,
                _shown(message.at, zone),
            )
        else:
            client.messages += 1
    return list(found.values())


def _queue_ids(recent: Sequence[SentMessage]) -> list[str]:
    found = dict.fromkeys(each.queue_id for each in recent if each.queue_id)
    return [escaped(queue_id) for queue_id in list(found)[:MAX_QUEUE_IDS]]


def _shown(at: dt.datetime, zone: dt.tzinfo | None) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def _next_midnight(at: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    tomorrow = at.astimezone(zone).date() + dt.timedelta(days=1)
    # Without a zone a naive time, which is a local one: its offset is looked
    # up for that night, since it may be another one than now.
    return dt.datetime.combine(tomorrow, dt.time(), tzinfo=zone).astimezone(zone)


OUR_TEMPLATES = Path(__file__).with_name("templates")

_SUBJECT = "Subject: "


class MailTemplateWrong(RateGuardError):
    """
    A template cannot be used. The text says which file, which line, and what
    is wrong.
    """


@attrs.frozen
class MailText:
    """
    What a reader sees.

    Attributes:
        subject: One line without anything unprintable.

        text: Lines, the last one ended like the others.
    """

    subject: str
    text: str


class MailTexts:
    """
    The templates, one for each kind of event, read and tried out when this is
    made; a file that changes later changes nothing.
    """

    def __init__(
        self, folder: Path | None = None, *, zone: dt.tzinfo | None = None
    ) -> None:
        """
        Args:
            folder: Its files replace those of ours that have the same name.

            zone: Of the times that are shown; None is the local one.

        Raises:
            MailTemplateWrong: There is no such folder, or one of the templates
                is broken or names a variable that does not exist.
        """
        if folder is not None and not folder.is_dir():
            raise MailTemplateWrong(f"{folder}: there is no such folder")
        folders = [OUR_TEMPLATES] if folder is None else [folder, OUR_TEMPLATES]
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - text/plain; the values are escaped
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._zone = zone
        self._templates = {kind: _template(environment, kind) for kind in EVENTS}
        for sample in SAMPLES:
            for to_sender in (False, True):
                self.render(sample, to_sender=to_sender)

    def render(self, alert: Alert, *, to_sender: bool) -> MailText:
        """
        Return what is written to the operators, or to the sender.

        Raises:
            MailTemplateWrong: the template fails at this alert.
        """
        template = self._templates[alert.event.kind]
        variables = facts(alert, to_sender=to_sender, zone=self._zone)
        try:
            rendered = template.render(variables)
        except Exception as error:
            raise _wrong(template.filename, error) from error
        first, _, rest = rendered.partition("\n")
        second, _, text = rest.partition("\n")
        subject = escaped(first.removeprefix(_SUBJECT).strip())
        if not first.startswith(_SUBJECT) or not subject:
            raise MailTemplateWrong(
                f"{template.filename}, line 1: expected '{_SUBJECT}' and a subject"
            )
        if second.strip():
            raise MailTemplateWrong(
                f"{template.filename}, line 2: expected an empty line"
            )
        return MailText(subject, text.strip("\n") + "\n")


def _template(environment: jinja2.Environment, kind: str) -> jinja2.Template:
    name = f"{kind}.txt"
    try:
        return environment.get_template(name)
    except Exception as error:
        raise _wrong(name, error) from error


def _wrong(file: str | None, error: Exception) -> MailTemplateWrong:
    """Return the error of a template, which may raise anything."""
    line = None
    if isinstance(error, jinja2.TemplateSyntaxError):
        file, line = error.filename or file, error.lineno
    else:
        # Jinja gives each frame of a template its file and line.
        traceback = error.__traceback__
        while traceback is not None:
            name = traceback.tb_frame.f_code.co_filename
            if name.endswith(".txt"):
                file, line = name, traceback.tb_lineno
            traceback = traceback.tb_next
    where = f"{file}, line {line}" if line else f"{file}"
    return MailTemplateWrong(f"{where}: {escaped(str(error) or repr(error))}")
