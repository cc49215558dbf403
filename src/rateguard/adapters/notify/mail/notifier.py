"""Sends alerts by mail: to the operators, and to the sender if it is to know."""

from __future__ import annotations

import logging
import smtplib

from collections.abc import Iterator, Mapping, Sequence

import attrs

from rateguard.adapters.notify.failure import reason
from rateguard.adapters.notify.mail.address import is_plain_address
from rateguard.adapters.notify.mail.server import MailServer, Reply, ServerRefused
from rateguard.adapters.notify.mail.text import (
    MailTemplateWrong,
    MailTexts,
    mail_message,
)
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert, NotificationTest
from rateguard.domain.ports import Clock


MAX_EVENTS = 1000
"""As many events are remembered, the latest."""

_log = logging.getLogger(__name__)


@attrs.frozen
class Letter:
    """The same mail to some; *optional*: who cannot have it is not tried again."""

    to: tuple[str, ...]
    message: bytes
    optional: bool


@attrs.frozen(eq=False)
class MailNotifier:
    """
    Sends each alert as one mail to all operators, and one to the sender.

    Who is done with is remembered in this process, so that a repeat goes to the
    others only. Operators are tried until one has the mail; who is refused for
    good (5xx) while another has it is done with. So is a sender that is refused
    for good: that is no failure. Whoever is deferred (4xx) is tried again.

    Attributes:
        from_address: A plain address, like those in *to*.
        to: The operators.
        to_sender: Write to the sender too, if its name is a plain address.
    """

    name = "mail"

    server: MailServer
    clock: Clock
    texts: MailTexts
    from_address: str
    to: tuple[str, ...]
    to_sender: bool
    _settled: dict[str, frozenset[str]] = attrs.field(init=False, factory=dict)
    """Recipients who have the mail about an event, or are never to have it."""

    def deliver(self, alert: Alert) -> None:
        """
        Send an alert.

        Raises:
            DeliveryFailed: somebody lacks it who may yet get it.
        """
        try:
            letters = list(self._letters(alert))
        except MailTemplateWrong as error:
            raise DeliveryFailed(str(error)) from error
        failure = ""
        if any(self._left(alert.event_id, letter) for letter in letters):
            failure = self._hand_over(alert.event_id, letters)
        # Not if everybody has it, and only the goodbye failed. Raised where no
        # other error is handled: one that came along as its context would be
        # shown in a traceback, and may hold what the server was told.
        if any(self._left(alert.event_id, letter) for letter in letters):
            raise DeliveryFailed(f"{self.server}: {failure}")

    def probe(self) -> None:
        """
        Talk to the server as far as mail could be sent, the login included.

        Raises:
            DeliveryFailed: it cannot be reached, or does not want us.
        """
        failure = self._hand_over("", ())
        if failure:
            raise DeliveryFailed(f"{self.server}: {failure}")

    def _letters(self, alert: Alert) -> Iterator[Letter]:
        """
        Yield the mails, each with a ``Message-ID`` that is the same when it is
        written again.

        A sender whose name is no plain address gets none; nor does one that is
        an operator and has the other. A test goes to the operators only, since
        its sender is made up.

        Raises:
            MailTemplateWrong: a template fails at this alert.
            DeliveryFailed: it is a test, and there is no operator.
        """
        test = isinstance(alert.event, NotificationTest)
        sender = alert.event.submission.sender
        if self.to:
            yield self._letter(alert, self.to, to_sender=False)
        elif test:
            raise DeliveryFailed("MAIL_TO is empty: there is nobody to send a test to")
        wanted = self.to_sender and not test and sender not in self.to
        if wanted and is_plain_address(sender):
            yield self._letter(alert, (sender,), to_sender=True)

    def _letter(self, alert: Alert, to: tuple[str, ...], *, to_sender: bool) -> Letter:
        group = "sender" if to_sender else "operators"
        message = mail_message(
            self.texts.render(alert, to_sender=to_sender),
            from_address=self.from_address,
            to=to,
            message_id=f"{alert.event_id}.{group}",
            at=self.clock.now(),
        )
        return Letter(to, message, optional=to_sender)

    def _left(self, event_id: str, letter: Letter) -> list[str]:
        settled = self._settled.get(event_id, frozenset())
        return [each for each in letter.to if each not in settled]

    def _hand_over(self, event_id: str, letters: Sequence[Letter]) -> str:
        """Return what is the matter with some, or why it came to no end."""
        problems: list[str] = []
        try:
            with self.server.session() as smtp:
                for letter in letters:
                    left = self._left(event_id, letter)
                    if left:
                        replies = self.server.send(smtp, letter.message, left)
                        problems += self._settle(event_id, letter, replies)
            return "; ".join(problems)
        except ServerRefused as error:
            return str(error)
        except smtplib.SMTPResponseException as error:
            return str(self.server.reply(error.smtp_code, error.smtp_error))
        except smtplib.SMTPServerDisconnected as error:
            return reason(error) if error.__context__ else "hung up"
        except (OSError, UnicodeError) as error:
            return reason(error)

    def _settle(
        self, event_id: str, letter: Letter, replies: Mapping[str, Reply]
    ) -> list[str]:
        """Remember who is done with, and return what the others were told."""
        problems, settled = [], set(self._settled.pop(event_id, ()))
        # If some are missing here, it is because one had it already.
        somebody = len(replies) < len(letter.to) or any(
            reply.accepted for reply in replies.values()
        )
        for each, reply in replies.items():
            refused = reply.permanent and (letter.optional or somebody)
            if refused:
                _log.warning("alert not mailed to %s: %s", each, reply)
            if refused or reply.accepted:
                settled.add(each)
            else:
                problems.append(f"{each}: {reply}")
        self._settled[event_id] = frozenset(settled)
        while len(self._settled) > MAX_EVENTS:
            self._settled.pop(next(iter(self._settled)))
        return problems
