"""One connection: who is answered, and when."""

from __future__ import annotations

import pytest

from rateguard.entrypoints.daemon.connection import REQUESTS_PER_TURN
from rateguard.entrypoints.daemon.responder import Responder
from tests.unit.daemon.loops import in_loop, turns
from tests.unit.daemon.peers import Echo, Later, Patient, Session, requests


def names(count: int) -> list[str]:
    return [str(number) for number in range(count)]


class TestPipeline:
    @in_loop
    async def test_is_answered_in_order(self) -> None:
        """All of one packet, without waiting for the next."""
        session = Session(Echo())
        session.send(requests("x", "y", "z"))

        assert session.heard == ["x", "y", "z"]

    @in_loop
    async def test_has_one_request_in_flight(self) -> None:
        """The next one is begun when the one before is answered."""
        patient = Patient()
        session = Session(patient)
        session.send(requests("x", "y"), requests("z"))

        for done in range(3):
            assert ["x", "y", "z"][: done + 1] == patient.asked
            patient.answer()
            assert ["x", "y", "z"][: done + 1] == session.heard

    @in_loop
    async def test_may_be_cut_anywhere(self) -> None:
        """Byte by byte, in two, or in one."""
        stream = requests("x", "y", "z")
        for at in range(len(stream)):
            session = Session(Echo())
            session.send(stream[:at], stream[at:])
            assert session.heard == ["x", "y", "z"]
        session = Session(Echo())
        session.send(*(stream[at : at + 1] for at in range(len(stream))))
        assert session.heard == ["x", "y", "z"]

    @pytest.mark.parametrize("responder", [Echo(), Later()], ids=["at-once", "later"])
    @in_loop
    async def test_of_thousands_is_answered_without_recursion(
        self, responder: Responder
    ) -> None:
        """13,000 tiny requests in one packet are no way to overflow the stack."""
        session = Session(responder)
        session.send(requests(*names(13000)))
        while session.replies < 13000:
            await turns()

        assert names(13000) == session.heard

    @in_loop
    async def test_lets_the_others_have_their_turn(self) -> None:
        """One peer's pipeline is worked off in portions."""
        echo = Echo()
        session = Session(echo)
        session.send(requests(*names(1000)))

        assert echo.asked == REQUESTS_PER_TURN
        await turns(1)
        assert echo.asked == 2 * REQUESTS_PER_TURN
        await turns(1000 // REQUESTS_PER_TURN)
        assert names(1000) == session.heard

    @in_loop
    async def test_goes_on_with_what_comes_meanwhile(self) -> None:
        """Also between two portions; in order, and nothing twice."""
        session = Session(Echo())
        for start in range(0, 1000, 100):
            session.send(requests(*range(start, start + 100)))
            await turns(1)
        await turns(1000 // REQUESTS_PER_TURN)

        assert names(1000) == session.heard


class TestEndOfStream:
    @in_loop
    async def test_of_an_idle_peer_ends_the_connection(self) -> None:
        """Nobody waits for anything."""
        session = Session(Echo())
        session.send(requests("x"))
        session.connection.eof_received()

        assert session.heard == ["x"]
        assert session.wire.closed

    @in_loop
    async def test_leaves_time_for_the_answers(self) -> None:
        """
        The peer asks no more, but it may wait: each request is answered
        before we hang up.
        """
        patient = Patient()
        session = Session(patient)
        session.send(requests("x", "y"))

        assert session.connection.eof_received()
        for _ in range(2):
            assert not session.wire.closed
            patient.answer()

        assert session.heard == ["x", "y"]
        assert session.wire.closed

    @in_loop
    async def test_in_the_middle_of_a_request_ends_the_connection(self) -> None:
        """The rest will never come."""
        session = Session(Echo())
        session.send(requests("x") + b"a=y\n")
        session.connection.eof_received()

        assert session.heard == ["x"]
        assert session.wire.closed

    @in_loop
    async def test_is_answered_in_portions_too(self) -> None:
        """Also a pipeline that is longer than a turn, then the end."""
        session = Session(Echo())
        session.send(requests(*names(200)))
        session.connection.eof_received()
        while not session.wire.closed:
            await turns(1)

        assert names(200) == session.heard


class TestClosing:
    @in_loop
    async def test_is_immediate_while_idle(self) -> None:
        """Postfix keeps idle connections for long; we do not wait for it."""
        session = Session(Echo())
        session.send(requests("x"))
        session.connection.close_when_idle()

        assert session.wire.closed

    @in_loop
    async def test_waits_for_the_request_in_flight(self) -> None:
        """It is answered, those behind it are not begun."""
        patient = Patient()
        session = Session(patient)
        session.send(requests("x", "y"))
        session.connection.close_when_idle()

        assert not session.wire.closed
        patient.answer()
        assert session.wire.closed
        assert ["x"] == session.heard == patient.asked

    @in_loop
    async def test_leaves_the_rest_of_a_pipeline(self) -> None:
        """Nothing is begun and nothing written after it."""
        echo = Echo()
        session = Session(echo)
        session.send(requests(*names(200)))
        session.connection.close_when_idle()
        session.send(requests("more"))
        await turns(5)

        assert echo.asked == REQUESTS_PER_TURN
