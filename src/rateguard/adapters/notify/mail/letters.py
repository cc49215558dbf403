"""Who is written to about an event, and what."""

from __future__ import annotations

import datetime as dt
import re

from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP

import attrs

from rateguard.adapters.notify.mail.text import MailText, MailTexts
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import Alert, NotificationTest
from rateguard.domain.ports import Clock


MAX_LENGTH = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_PLAIN = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")


def plain_address(text: str) -> str:
    """
    Return *text* if it is a mail address that means itself wherever it is
    written: a Dot-string and a Domain of RFC 5321, 4.1.2, in ASCII. No quotes,
    no comment, no address literal.

    Raises:
        ValueError: it is not.
    """
    if len(text) > MAX_LENGTH or not _PLAIN.fullmatch(text):
        raise ValueError(text)
    return text


def is_plain_address(text: str) -> bool:
    """Whether :func:`plain_address` admits it."""
    try:
        return plain_address(text) == text
    except ValueError:
        return False


# Seven bits pass every server; so no server need be asked for 8BITMIME.
_POLICY = SMTP.clone(cte_type="7bit")


def mail_message(
    text: MailText,
    *,
    from_address: str,
    to: Sequence[str],
    message_id: str,
    at: dt.datetime,
) -> bytes:
    """
    Return the mail as it is sent, dated *at* (aware). Addresses are plain, see
    :func:`~rateguard.adapters.notify.mail.letters.plain_address`.
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


@attrs.frozen
class Letter:
    """
    The same mail to some people.

    Attributes:
        optional: That somebody cannot have it is no reason to try again.
    """

    to: tuple[str, ...]
    message: bytes
    optional: bool


@attrs.frozen
class Letters:
    """
    Writes one mail to all operators, and one to the sender.

    Attributes:
        to: The operators.

        to_sender: Write to the sender, too.
    """

    texts: MailTexts
    clock: Clock
    from_address: str
    to: tuple[str, ...]
    to_sender: bool

    def about(self, alert: Alert) -> Iterator[Letter]:
        """
        Yield the mails, each with a ``Message-ID`` that is the same when it is
        written again.

        A sender whose name is no plain address gets none; nor does one who is
        an operator, he has the other. A test goes to the operators only, since
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
            raise DeliveryFailed("MAIL_TO names nobody to send a test to")
        if (
            self.to_sender
            and not test
            and is_plain_address(sender)
            and sender not in self.to
        ):
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
