"""Tells by mail: the operators, and the sender if he is to know."""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from rateguard.adapters.notify.deadline import Deadline
from rateguard.adapters.notify.failure import reason
from rateguard.adapters.notify.mail.letters import Letter, Letters
from rateguard.adapters.notify.mail.server import MailServer, Reply, ServerRefused
from rateguard.adapters.notify.mail.text import MailTemplateWrong, MailTexts
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert
from rateguard.domain.ports import ATTEMPT_SECONDS, Clock


MAX_EVENTS = 1000
"""As many events are remembered, the latest."""


class Progress:
    """
    Recipients who have the mail about an event, or are never to have it. Kept
    in this process only: after a restart, or in another daemon, a repeat goes
    to everybody. For any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: OrderedDict[str, frozenset[str]] = OrderedDict()

    def settled(self, event_id: str) -> frozenset[str]:
        """Return those who are done."""
        with self._lock:
            return self._settled.get(event_id, frozenset())

    def settle(self, event_id: str, recipients: Iterable[str]) -> None:
        """Remember that these are done."""
        with self._lock:
            known = self._settled.pop(event_id, frozenset())
            self._settled[event_id] = known.union(recipients)
            while len(self._settled) > MAX_EVENTS:
                self._settled.popitem(last=False)


_SUBMISSIONS_PORT = 465

_log = logging.getLogger(__name__)


@attrs.frozen
class Mail:
    """
    To whom, from whom, and through which server.

    Attributes:
        starttls: Insist on STARTTLS.

        user: Who logs in at the server; ``""`` if nobody does.

        from_address: A plain address, like those in *to*.

        to: The operators.

        to_sender: Tell the sender too, if his name is a plain address.

        templates: A folder whose files replace ours of the same names.

        helo: Our own name for the server; ``""`` finds one.

        implicit_tls: TLS from the first byte, as port 465 means (RFC 8314).
    """

    host: str
    port: int
    starttls: bool
    user: str
    password: str = attrs.field(repr=False)
    from_address: str
    to: tuple[str, ...]
    to_sender: bool
    templates: Path | None = None
    helo: str = ""
    implicit_tls: bool = attrs.field()

    @implicit_tls.default
    def _by_port(self) -> bool:
        return self.port == _SUBMISSIONS_PORT


class MailNotifier:
    """
    Sends each alert as one mail to all operators, and one to the sender.

    Who is done with is remembered, so that a repeat goes to the others only.
    Operators are tried until one has the mail; who is refused for good (5xx)
    while another has it is done with. So is a sender who is refused for good:
    that is no failure. Whoever is put off (4xx) is tried again.

    Args:
        seconds: How long an attempt may take, all in all.

        tls: Which certificates are trusted; None are those of the system.

    Raises:
        MailTemplateWrong: a template cannot be used.
    """

    def __init__(
        self,
        mail: Mail,
        clock: Clock,
        *,
        seconds: float = ATTEMPT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._seconds = seconds
        self._letters = Letters(
            MailTexts(mail.templates),
            clock,
            mail.from_address,
            mail.to,
            mail.to_sender,
        )
        self._server = MailServer(
            host=mail.host,
            port=mail.port,
            starttls=mail.starttls,
            implicit_tls=mail.implicit_tls,
            user=mail.user,
            password=mail.password,
            helo=mail.helo,
            tls=tls or ssl.create_default_context(),
        )
        self._progress = Progress()

    @property
    def name(self) -> str:
        """Return what it is called in the outbox."""
        return "mail"

    def deliver(self, alert: Alert) -> None:
        """
        Send an alert.

        Raises:
            DeliveryFailed: somebody lacks it who may yet get it.
        """
        try:
            letters = list(self._letters.about(alert))
        except MailTemplateWrong as error:
            raise DeliveryFailed(str(error)) from error
        failure = self._attempt(alert, letters) if letters else ""
        # Not if everybody has it, and only the goodbye failed. Raised where no
        # other error is handled: one that came along as its context would be
        # shown in a traceback, and may hold what the server was told.
        if any(self._left(alert, letter) for letter in letters):
            raise DeliveryFailed(f"{self._server}: {failure}")

    def _left(self, alert: Alert, letter: Letter) -> list[str]:
        settled = self._progress.settled(alert.event_id)
        return [each for each in letter.to if each not in settled]

    def _attempt(self, alert: Alert, letters: Sequence[Letter]) -> str:
        """Send what is left, and return why some of it still is."""
        if not any(self._left(alert, letter) for letter in letters):
            return ""
        deadline = Deadline(self._seconds)
        try:
            return deadline.call(lambda: self._hand_over(alert, letters, deadline))
        except ServerRefused as error:
            return str(error)
        except smtplib.SMTPResponseException as error:
            return str(self._server.reply(error.smtp_code, error.smtp_error))
        except smtplib.SMTPServerDisconnected as error:
            return reason(error) if error.__context__ else "hung up"
        except (OSError, UnicodeError) as error:
            return reason(error)

    def _hand_over(
        self, alert: Alert, letters: Sequence[Letter], deadline: Deadline
    ) -> str:
        problems: list[str] = []
        with self._server.session(deadline) as session:
            for letter in letters:
                left = self._left(alert, letter)
                if left:
                    replies = session.send(letter.message, left)
                    problems += self._settle(alert, letter, replies)
        return "; ".join(problems)

    def _settle(
        self, alert: Alert, letter: Letter, replies: Mapping[str, Reply]
    ) -> Iterator[str]:
        """Remember who is done with, and yield what the others were told."""
        # If some are missing here, it is because one had it already.
        somebody = len(replies) < len(letter.to) or any(
            reply.accepted for reply in replies.values()
        )
        for each, reply in replies.items():
            refused = reply.permanent and (letter.optional or somebody)
            if refused:
                _log.warning("no mail about it to %s: %s", each, reply)
            if refused or reply.accepted:
                self._progress.settle(alert.event_id, [each])
            else:
                yield f"{each}: {reply}"
