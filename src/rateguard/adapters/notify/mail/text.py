"""What a mail says: subject and text of an alert, and the message as it is sent."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import socket

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from itertools import product
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


OUR_TEMPLATES = Path(__file__).with_name("templates")

MAX_QUEUE_IDS = 5

_SUBJECT = "Subject: "

# Seven bits pass every server; so no server need be asked for 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")

_QUEUE_ID = re.compile(r"[0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{6,}")
"""
Short and long ones: https://www.postfix.org/postconf.5.html#enable_long_queue_ids.
No word such as ``ALL``, by which postsuper deletes everything.
"""


@attrs.define
class Client:
    """An address that messages came from, the newest at *last*, local time."""

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
    sender = None if to_sender else submission.sender
    return {
        "event": event.kind,
        "event_id": escaped(alert.event_id),
        "to_sender": to_sender,
        "host": escaped(socket.gethostname()),
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
        "queue_ids": _queue_ids(alert.recent)[:MAX_QUEUE_IDS],
        "accepted_queue_ids": [
            each
            for each in _queue_ids([m for m in alert.recent if not m.blocked])
            if _QUEUE_ID.fullmatch(each)
        ],
        "show_sender": sender_command("show", sender),
        "suspend_sender": sender_command("suspend", sender),
        "raise_quota": sender_command("raise --by N", sender),
    }


def sender_command(verb: str, sender: str | None) -> str:
    """
    Return ``rateguard sender VERB SENDER`` for a shell; ``""`` without a sender,
    or if its name cannot be shown as it is.
    """
    if sender is None or not sender.isprintable():
        return ""
    end_of_options = "-- " if sender.startswith("-") else ""
    return f"rateguard sender {verb} {end_of_options}{shlex.quote(sender)}"


def _clients(recent: Sequence[SentMessage], zone: dt.tzinfo | None) -> list[Client]:
    found: dict[str, Client] = {}
    for each in recent:
        address, name = escaped(each.client_address), escaped(each.client_name)
        new = Client(address, name, 0, _shown(each.at, zone))
        found.setdefault(each.client_address, new).messages += 1
    return list(found.values())


def _queue_ids(messages: Sequence[SentMessage]) -> list[str]:
    found = dict.fromkeys(each.queue_id for each in messages if each.queue_id)
    return [escaped(queue_id) for queue_id in found]


def _shown(at: dt.datetime, zone: dt.tzinfo | None) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def _next_midnight(at: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    tomorrow = at.astimezone(zone).date() + dt.timedelta(days=1)
    # Without a zone a naive time, which is a local one: its offset is looked
    # up for that night, since it may be another one than now.
    return dt.datetime.combine(tomorrow, dt.time(), tzinfo=zone).astimezone(zone)


_AT = dt.datetime(2024, 2, 29, 12, 0, tzinfo=dt.UTC)
_FULL = Submission(
    "a@example.com", queue_id="4cK2x71", client_name="host", client_address="::1"
)
_COUNTER = SenderCounter(_FULL.sender, QuotaPolicy.of(100), 51, 101)
_RECENT = (SentMessage("4cK2x71", "::1", "host", 1, blocked=False, at=_AT),)
_SAMPLES = ((_FULL, _RECENT, _AT), (Submission(_FULL.sender), (), None))
"""All that can be known, and as little as there may be: so both ways of an
``{% if %}`` are gone."""


class MailTemplateWrong(RateGuardError):
    """A template cannot be used: which, at which line, and why."""


@attrs.frozen
class MailText:
    """What a reader sees: *subject* is one printable line."""

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
        for event, (submission, recent, since) in product(EVENTS.values(), _SAMPLES):
            happened = event(submission, _COUNTER, _AT)
            alert = Alert("sample", happened, 1, recent, since)
            self.render(alert, to_sender=False)
            self.render(alert, to_sender=True)

    def render(self, alert: Alert, *, to_sender: bool) -> MailText:
        """
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
            problem = f"{template.filename}, line 2: expected an empty line"
            raise MailTemplateWrong(problem)
        return MailText(subject, text.strip("\n") + "\n")


def _template(environment: jinja2.Environment, kind: str) -> jinja2.Template:
    name = f"{kind}.txt"
    try:
        return environment.get_template(name)
    except Exception as error:
        raise _wrong(name, error) from error


def _wrong(file: str | None, error: Exception) -> MailTemplateWrong:
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


def mail_message(
    text: MailText,
    *,
    from_address: str,
    to: Sequence[str],
    message_id: str,
    at: dt.datetime,
) -> bytes:
    """
    Return the mail as it is sent, dated *at* (aware). Addresses are plain.
    *message_id* is what stands before the ``@`` of that header: the same for
    the same mail, so that a receiver knows a repeat.

    ``Auto-Submitted`` keeps vacation programs from answering (RFC 3834), and
    ``X-Auto-Response-Suppress`` those of Exchange.
    """
    message = EmailMessage(_POLICY)
    message["From"] = from_address
    message["To"] = ", ".join(to)
    message["Subject"] = text.subject
    message["Date"] = at.astimezone()
    domain = from_address.rpartition("@")[2]
    message["Message-ID"] = f"<{message_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text.text, charset="utf-8")
    return message.as_bytes()
