"""
Who is written to about an event, and what.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from rateguard.adapters.notify.mail.address import is_plain_address
from rateguard.adapters.notify.mail.message import mail_message
from rateguard.adapters.notify.mail.text import MailTexts
from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.events import NotificationTest
from rateguard.domain.notice import Notice
from rateguard.domain.ports import Clock


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

    def about(self, notice: Notice) -> Iterator[Letter]:
        """
        Yield the mails, each with a ``Message-ID`` that is the same when it is
        written again.

        A sender whose name is no plain address gets none; nor does one who is
        an operator, he has the other. A test goes to the operators only, since
        its sender is made up.

        Raises:
            MailTemplateWrong: a template fails at this notice.
            DeliveryFailed: it is a test, and there is no operator.
        """
        test = isinstance(notice.event, NotificationTest)
        sender = notice.event.submission.sender
        if self.to:
            yield self._letter(notice, self.to, to_sender=False)
        elif test:
            raise DeliveryFailed("MAIL_TO names nobody to send a test to")
        if (
            self.to_sender
            and not test
            and is_plain_address(sender)
            and sender not in self.to
        ):
            yield self._letter(notice, (sender,), to_sender=True)

    def _letter(
        self, notice: Notice, to: tuple[str, ...], *, to_sender: bool
    ) -> Letter:
        group = "sender" if to_sender else "operators"
        message = mail_message(
            self.texts.render(notice, to_sender=to_sender),
            from_address=self.from_address,
            to=to,
            message_id=f"{notice.event_id}.{group}",
            at=self.clock.now(),
        )
        return Letter(to, message, optional=to_sender)
