"""What may come over the wire, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from rateguard.adapters.postfix.codec import PolicyReceiver
from rateguard.domain.errors import BadRequest


Request = dict[str, str]

_WIRE = Path(__file__).parent / "wire"


@attrs.frozen
class Case:
    """Bytes that are one or more complete requests."""

    name: str
    wire: bytes
    requests: Sequence[Request]

    def __str__(self) -> str:
        return self.name


@attrs.frozen
class Transcript:
    """
    What came out of a receiver.

    Attributes:
        failure: Text and sample of the error at the end, if there was one.

        buffered: Bytes that belong to no request, if there was none.
    """

    requests: Sequence[Request]
    failure: tuple[str, bytes] | None = None
    buffered: int = 0


def transcript(pieces: Sequence[bytes]) -> Transcript:
    """Return what a fresh receiver makes of *pieces*, asked after each of them."""
    receiver = PolicyReceiver()
    requests: list[Request] = []
    try:
        for piece in pieces:
            receiver.receive(piece)
            while (request := receiver.next_request()) is not None:
                requests.append(request)
    except BadRequest as error:
        return Transcript(requests, (str(error), error.sample))
    return Transcript(requests, None, receiver.buffered)


def wire_file(name: str) -> bytes:
    """Return what a real Postfix sent."""
    return (_WIRE / f"postfix-3.7-{name}.request").read_bytes()


def _from_postfix(name: str, **attributes: str) -> Case:
    request = {
        "request": "smtpd_access_policy",
        "protocol_name": "ESMTP",
        "client_address": "127.0.0.1",
        "client_name": "unknown",
        "reverse_client_name": "unknown",
        "server_address": "127.0.0.1",
        "server_port": "12525",
        "helo_name": "client.example.com",
        "sender": "user1@example.com",
        "recipient": "",
        "size": "0",
        "etrn_domain": "",
        "stress": "",
        "sasl_method": "PLAIN",
        "sasl_username": "user1@example.com",
        "sasl_sender": "",
        "ccert_subject": "",
        "ccert_issuer": "",
        "ccert_fingerprint": "",
        "ccert_pubkey_fingerprint": "",
        "encryption_protocol": "",
        "encryption_cipher": "",
        "encryption_keysize": "0",
        "policy_context": "",
    }
    return Case(f"postfix-{name}", wire_file(name), [request | attributes])


CASES = [
    _from_postfix(
        "data-two-recipients",
        protocol_state="DATA",
        client_port="44754",
        recipient_count="2",
        queue_id="7B71F224536",
        instance="5ca.6b0306a2.7b5ea.0",
    ),
    _from_postfix(
        "end-of-message",
        protocol_state="END-OF-MESSAGE",
        client_port="44778",
        recipient_count="2",
        queue_id="9C6D0224595",
        instance="766.6b0306a9.9ae46.0",
        size="252",
    ),
    _from_postfix(
        "rcpt-first",
        protocol_state="RCPT",
        client_port="55058",
        recipient="a@example.org",
        recipient_count="0",
        queue_id="",
        instance="86f.6b0306b0.af03f.0",
    ),
    _from_postfix(
        "rcpt-second",
        protocol_state="RCPT",
        client_port="55058",
        recipient="b@example.org",
        recipient_count="0",
        queue_id="B0CFA2245EF",
        instance="86f.6b0306b0.af03f.0",
    ),
    Case("smallest", b"a=b\n\n", [{"a": "b"}]),
    Case("nothing", b"\n\n", [{}]),
    Case("pipelined", b"a=1\n\na=2\nb=3\n\n", [{"a": "1"}, {"a": "2", "b": "3"}]),
    Case("empty-line-between", b"a=1\n\n\na=2\n\n", [{"a": "1"}, {"a": "2"}]),
    Case("first-equals-sign", b"a=b=c==\n\n", [{"a": "b=c=="}]),
    Case("empty-value", b"a=\nb=1\n\n", [{"a": "", "b": "1"}]),
    Case("no-equals-sign", b"a\nb=1\n\n", [{"a": "", "b": "1"}]),
    Case("repeated-name", b"a=1\nb=2\na=3\n\n", [{"a": "3", "b": "2"}]),
    Case("spaces", b" a = b \n\n", [{" a ": " b "}]),
    Case("crlf", b"a=b\r\nc=d\r\n\r\n", [{"a": "b", "c": "d"}]),
    Case("crlf-then-lf", b"a=b\r\nc=d\n\n", [{"a": "b", "c": "d"}]),
    Case("lf-then-crlf", b"a=b\nc=d\n\r\n", [{"a": "b", "c": "d"}]),
    Case("crlf-line-lf-end", b"a=b\r\n\nc=d\n\n", [{"a": "b"}, {"c": "d"}]),
    Case("crlf-pipelined", b"a=1\r\n\r\na=2\r\n\r\n", [{"a": "1"}, {"a": "2"}]),
    Case("return-in-a-value", b"a=b\rc\n\n", [{"a": "b\rc"}]),
    Case("other-line-breaks", "a=b\x0b\x85\u2028c\n\n".encode(),
         [{"a": "b\x0b\x85\u2028c"}]),
    Case("nul", b"a=b\0c\n\n", [{"a": "b\0c"}]),
    Case("percent", b"a=%s%(b)d\n\n", [{"a": "%s%(b)d"}]),
    Case("utf-8", "a=j\u00f6rg\U0001f4e7\n\n".encode(), [{"a": "j\u00f6rg\U0001f4e7"}]),
    Case("not-utf-8", b"a=j\xf6rg\nb=\xff\n\n", [{"a": r"j\xf6rg", "b": r"\xff"}]),
    Case("truncated-utf-8", b"a=\xe2\x82\nb=1\n\n", [{"a": r"\xe2\x82", "b": "1"}]),
]  # fmt: skip
