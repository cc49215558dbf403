"""
Postfix's names to ours and back: the only place that knows them.

Source: SMTPD_POLICY_README.
"""

from __future__ import annotations

import hashlib
import secrets

from collections.abc import Mapping

from rateguard.adapters.postfix.codec import encode_reply
from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.submission import Submission, sender_key


COUNTED_STAGES = frozenset({"DATA", "END-OF-MESSAGE", ""})
"""
Where a message is charged. A request that names no stage does not come from
Postfix but from somebody who tries it out; it is a message too.
"""

HARMLESS_STAGE = "RCPT"
"""Where nothing is charged."""

MAX_TRANSACTION_LENGTH = 64

_INSTANCE_PARTS = 4
# Looked up once: an enum's members are slow to come by, and each reply asks.
_DEFER = Verdict.DEFER
_SUSPENDED = Reason.SUSPENDED
_MOST_DIGITS = len(str(COUNTER_MAX))


def submission_of(attributes: Mapping[str, str]) -> Submission | None:
    """
    Return the submission that a request is about, or None when nobody is to
    be charged: no authenticated sender, or a stage that is not counted.
    """
    login = attributes.get("sasl_username")
    if not login:
        return None
    get = attributes.get
    if get("protocol_state", "") not in COUNTED_STAGES:
        return None
    return Submission(
        sender_key(login),
        _recipients(get("recipient_count", "")),
        _transaction(get("instance", "")),
        get("queue_id", ""),
        login,
        get("sasl_method", ""),
        get("client_name", ""),
        get("client_address", ""),
        get("helo_name", ""),
        get("sender", ""),
        get("recipient", ""),
    )


def request_of(sender: str, *, recipients: int, stage: str) -> dict[str, str]:
    """Return the attributes of a request of our own, as Postfix would send them."""
    attributes = {
        "request": "smtpd_access_policy",
        "protocol_state": stage,
        "protocol_name": "ESMTP",
        "client_address": "127.0.0.1",
        "client_name": "rateguard-ask",
    }
    if sender:
        attributes |= {
            "sasl_method": "ask",
            "sasl_username": sender,
            "sender": sender,
            "recipient_count": str(recipients),
            "instance": f"ask.{secrets.token_hex(8)}",
        }
    return attributes


def misplaced_stage(attributes: Mapping[str, str]) -> str | None:
    """
    Return the stage at which an authenticated sender is asked about in vain,
    or None if this request is no sign of a misplaced service.
    """
    stage = attributes.get("protocol_state", "")
    if attributes.get("sasl_username") and stage not in COUNTED_STAGES:
        return stage
    return None


def _recipients(count: str) -> int:
    if not (count.isascii() and count.isdigit()):
        return 1
    if len(count) > _MOST_DIGITS:
        # int() of a very long number is slow, and refused above 4300 digits.
        count = count.lstrip("0")[: _MOST_DIGITS + 1] or "0"
    return min(int(count), COUNTER_MAX) or 1


def _transaction(instance: str) -> str:
    """
    Return Postfix's ``pid.sec.usec.seq`` with the time first.

    So the keys of messages rise with time and an index over them is appended
    to at its end, instead of in as many places as there are smtpd processes.
    """
    if len(instance) > MAX_TRANSACTION_LENGTH or not instance.isascii():
        digest = hashlib.blake2b(instance.encode(), digest_size=16)
        return digest.hexdigest()
    parts = instance.split(".")
    if len(parts) != _INSTANCE_PARTS:
        return instance
    pid, seconds, microseconds, sequence = parts
    return f"{seconds}.{microseconds}.{pid}.{sequence}"


class Replies:
    """
    The bytes that tell Postfix a verdict. All texts are one line.

    Args:
        accepted:
            ``DUNNO`` lets the restrictions that follow have their say; ``OK``
            skips them.
        blocked: What the mail client is shown whose sender is over quota.
        suspended: What it is shown whose sender is suspended.
    """

    __slots__ = ("_accept", "_blocked", "_suspended")

    def __init__(self, accepted: str, *, blocked: str, suspended: str) -> None:
        self._accept = encode_reply(accepted)
        self._blocked = encode_reply(f"DEFER_IF_PERMIT {blocked}")
        self._suspended = encode_reply(f"DEFER_IF_PERMIT {suspended}")

    def of(self, decision: Decision) -> bytes:
        """
        Return the reply to a decision. When we failed open it is ``DUNNO``,
        whatever *accepted* says.
        """
        if decision.verdict is _DEFER:
            suspended = decision.reason is _SUSPENDED
            return self._suspended if suspended else self._blocked
        if decision.failed_open:
            return NOT_OURS
        return self._accept


NOT_OURS = encode_reply("DUNNO")
"""The reply to what is none of our business."""
