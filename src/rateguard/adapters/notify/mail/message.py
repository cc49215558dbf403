"""
A mail that bothers nobody but its readers.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

from rateguard.adapters.notify.mail.text import MailText


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
    :func:`~rateguard.adapters.notify.mail.address.plain_address`.
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
