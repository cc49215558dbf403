"""One connection: peers that send too much, or read too little."""

from __future__ import annotations

import pytest

from rateguard.entrypoints.daemon.responder import Responder
from tests.unit.daemon.loops import in_loop, turns
from tests.unit.daemon.peers import Echo, Later, Patient, Session, requests


LIMIT = 65536


class TestFlood:
    @in_loop
    async def test_is_not_read_while_a_request_is_in_flight(self) -> None:
        """Up to 64 KiB may wait; beyond that the peer is paused."""
        session = Session(Patient())
        session.send(requests("x"), b"a=y\n" * (LIMIT // 4))
        assert session.wire.reading

        session.send(b"\n")
        assert not session.wire.reading
        session.send(b"what the network had already")
        assert not session.wire.reading

    @pytest.mark.parametrize("left", [b"", b"a=", requests("end"), b"\n"])
    @in_loop
    async def test_is_read_again_when_all_is_answered(self, left: bytes) -> None:
        """Whether the last answer leaves something in the buffer or nothing."""
        patient = Patient()
        session = Session(patient)
        name = "y" * 6000
        session.send(requests(*[name] * 12) + left)
        assert not session.wire.reading

        for _ in range(12 + left.count(b"\n\n")):
            assert not session.wire.reading
            patient.answer()

        assert session.wire.reading
        assert [name] * 12 == session.heard[:12]

    @pytest.mark.parametrize("responder", [Echo(), Later()], ids=["at-once", "later"])
    @in_loop
    async def test_comes_through(self, responder: Responder) -> None:
        """A peer that is paused again and again loses nothing."""
        session = Session(responder)
        for _ in range(3):
            assert session.wire.reading
            session.send(requests(*range(9000)))
            assert not session.wire.reading
            while not session.wire.reading:
                await turns()

        assert 3 * [str(number) for number in range(9000)] == session.heard


class TestDeafPeer:
    @in_loop
    async def test_is_not_answered_further(self) -> None:
        """Who does not read its replies makes us keep no more of them."""
        echo = Echo()
        session = Session(echo)
        session.connection.pause_writing()
        session.send(requests("x", "y"))
        assert echo.asked == 0

        session.connection.resume_writing()
        assert session.heard == ["x", "y"]

    @in_loop
    async def test_gets_the_reply_that_was_due(self) -> None:
        """One more, no others."""
        patient = Patient()
        session = Session(patient)
        session.send(requests("x", "y"))
        session.connection.pause_writing()
        patient.answer()

        assert ["x"] == session.heard == patient.asked
        session.connection.resume_writing()
        assert patient.asked == ["x", "y"]

    @in_loop
    async def test_is_not_read_from_without_end(self) -> None:
        """What it sends meanwhile has a bound."""
        session = Session(Echo())
        session.connection.pause_writing()
        session.send(requests(*range(20000)))

        assert not session.wire.reading
