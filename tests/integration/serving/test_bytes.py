"""Whatever arrives on a live socket, and in whatever pieces."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct

from collections.abc import Iterator

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.daemons import (
    LOOPS,
    REFUSED,
    serving,
    set_quota,
)
from tests.integration.rigs.daemon import (
    PolicyClient,
    PrivateDaemon,
    request,
)


OVER = "over@example.org"
USER = b"sasl_username=user@example.org\n"

OK, DUNNO = "OK", "DUNNO"
REQUESTS = [
    (request("user@example.org"), OK),
    (request(OVER), REFUSED),
    (request(""), DUNNO),
    (request(OVER, protocol_state="RCPT"), DUNNO),
    (request(OVER, protocol_state="END-OF-MESSAGE"), REFUSED),
    (request(OVER, helo_name="h" * 2048, sender="=" * 2048), REFUSED),
    (request("user@example.org").replace(b"\n", b"\r\n"), OK),
    (b"\n\n", DUNNO),
    (b"\n\r\n", DUNNO),
    (b"no equals sign\n\n", DUNNO),
    (b"=\n=\n\n", DUNNO),
    (b"sasl_username\n\n", DUNNO),
    (USER + b"\n", OK),
    (USER + b"helo_name=\xff\xfe\0\x1b[2J\n\n", OK),
    (USER + b"sasl_username=" + OVER.encode() + b"\n\n", REFUSED),
    (b"sasl_username=" + OVER.upper().encode() + b" \n\n", REFUSED),
    (b"sasl_username=\xff\n\n", OK),
]
"""Requests as no mail server would send them, each with the action it gets."""

TOKENS = [
    *(b"\n", b"\n\n", b"\r\n", b"=", b"\0", b"sasl_username=soup\n"),
    *(b"protocol_state=", b"recipient_count=", b"instance=", b"9" * 5000),
]
SOUP = st.lists(
    st.one_of(st.binary(max_size=40), st.sampled_from(TOKENS)), max_size=12
).map(b"".join)
FAREWELLS = st.sampled_from(["close", "reset", "half"])


@pytest.fixture(scope="module", params=LOOPS)
def daemon(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateDaemon]:
    folder = tmp_path_factory.mktemp("daemon")
    many = {"ACTION_ACCEPTED": "OK", "QUOTA": "1000000"}
    with serving(folder, request.param, **many) as daemon:
        set_quota(daemon, OVER, 0)
        yield daemon


@settings(max_examples=60, deadline=None)
@given(
    asked=st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=10),
    cuts=st.lists(st.integers(0, 20_000), max_size=40),
)
def test_pieces_do_not_matter(
    daemon: PrivateDaemon, asked: list[tuple[bytes, str]], cuts: list[int]
) -> None:
    """
    However the bytes of some requests are cut into pieces, the same answers
    come in the same order.
    """
    sent = b"".join(data for data, _ in asked)
    ends = sorted({0, *(cut % len(sent) for cut in cuts), len(sent)})
    with daemon.connect() as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start, end in itertools.pairwise(ends):
            client.send(sent[start:end])
        answers = [client.reply() for _ in asked]

    assert answers == [action for _, action in asked]


def test_bytes_may_drip(daemon: PrivateDaemon) -> None:
    """Requests that come byte by byte are answered like any other."""
    with daemon.connect() as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for data, action in REQUESTS:
            for byte in data[:300]:
                client.send(bytes([byte]))
            client.send(data[300:])
            assert client.reply() == action


@settings(max_examples=60, deadline=None)
@given(peers=st.lists(st.tuples(SOUP, FAREWELLS), min_size=1, max_size=4))
def test_no_bytes_end_the_daemon(
    daemon: PrivateDaemon, peers: list[tuple[bytes, str]]
) -> None:
    """
    Several peers may send what they like and leave as they like, in the
    midst of it or not; the next one is served as ever.
    """
    with contextlib.ExitStack() as opened:
        clients = [opened.enter_context(daemon.connect()) for _ in peers]
        for client, (soup, _) in zip(clients, peers, strict=True):
            client.send(soup)
        for client, (_, farewell) in zip(clients, peers, strict=True):
            _part(client, farewell)

    assert daemon.ask(OVER) == REFUSED


def _part(client: PolicyClient, farewell: str) -> None:
    if farewell == "half":
        client.socket.shutdown(socket.SHUT_WR)
    elif farewell == "reset":
        lingering = struct.pack("ii", 1, 0)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
