"""
The requests of a run: what Postfix 3.7 sends at DATA, one per message.

The attributes, their order and their form follow a capture of Postfix 3.7.11.
"""

from __future__ import annotations

import functools
import random

from typing import TYPE_CHECKING

import attrs


if TYPE_CHECKING:
    from collections.abc import Iterator

# Below what the fastest connection needs for one message, so that the times
# written into a run never reach those of the next run: an `instance` that
# comes again would rightly be taken for a repeated request.
_MICROSECONDS_APART = 53

# Messages of one connection until its queue ids reach the next connection's.
_QUEUE_IDS_APART = 1 << 20

_FIRST_PID = 0x5CA
_FIRST_INODE = 0x224000


def sender_name(number: int) -> str:
    """The SASL user name of the sender with this number, counted from 1."""
    return f"user{number}@customer{number % 7888}.example"


@attrs.frozen(kw_only=True)
class Traffic:
    """
    Messages of many senders over many connections.

    Every message has an `instance` of its own, also across connections, and
    across runs whose *epoch_us* is the time they started. Senders are drawn
    evenly at random, so the same one may be waiting on two connections.

    Args:
        senders: How many different SASL users there are.
        seed: The same seed draws the same senders in the same order.
        epoch_us: Arrival of the first message, in microseconds since 1970.
    """

    senders: int
    seed: int
    epoch_us: int

    def messages(self, connection: int) -> Iterator[bytes]:
        """
        Requests of one connection, without end, each as the bytes to send.

        One connection stands for one smtpd process, so its pid stays.
        """
        pid = _FIRST_PID + connection
        inode = _FIRST_INODE + connection * _QUEUE_IDS_APART
        arrival = self.epoch_us
        for number in self._senders(connection):
            second, microsecond = divmod(arrival, 1_000_000)
            yield _request_of(number) % (
                32768 + inode % 28000,
                microsecond,
                inode,
                pid,
                second,
                microsecond,
            )
            inode += 1
            arrival += _MICROSECONDS_APART

    def _senders(self, connection: int) -> Iterator[int]:
        draw = random.Random(f"{self.seed}/{connection}").random
        while True:
            yield 1 + int(draw() * self.senders)


# Only what differs is filled in per message: 3 us against 9 for all of it.
@functools.lru_cache(maxsize=16_384)
def _request_of(number: int) -> bytes:
    """
    A sender's request, in which client port, queue id (as microsecond and
    inode) and instance (as pid, second and microsecond) are left open.
    """
    sender = sender_name(number)
    # 198.18.0.0/15 is set aside for benchmarks (RFC 2544).
    third, fourth = number >> 8 & 255, number & 255
    return (
        "request=smtpd_access_policy\n"
        "protocol_state=DATA\n"
        "protocol_name=ESMTP\n"
        f"client_address=198.18.{third}.{fourth}\n"
        f"client_name=host-{third}-{fourth}.example.net\n"
        "client_port=%d\n"
        f"reverse_client_name=host-{third}-{fourth}.example.net\n"
        "server_address=192.0.2.25\n"
        "server_port=587\n"
        "helo_name=client.example.com\n"
        f"sender={sender}\n"
        "recipient=recipient@example.org\n"
        "recipient_count=1\n"
        "queue_id=%05X%X\n"
        "instance=%x.%x.%x.0\n"
        "size=0\n"
        "etrn_domain=\n"
        "stress=\n"
        "sasl_method=PLAIN\n"
        f"sasl_username={sender}\n"
        "sasl_sender=\n"
        "ccert_subject=\n"
        "ccert_issuer=\n"
        "ccert_fingerprint=\n"
        "ccert_pubkey_fingerprint=\n"
        "encryption_protocol=TLSv1.3\n"
        "encryption_cipher=TLS_AES_256_GCM_SHA384\n"
        "encryption_keysize=256\n"
        "policy_context=\n"
        "\n"
    ).encode()
