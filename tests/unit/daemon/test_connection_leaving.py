"""One connection: what is left to the next daemon."""

from __future__ import annotations

import pytest

from tests.unit.daemon.loops import in_loop
from tests.unit.daemon.peers import (
    DESCRIPTOR,
    Echo,
    Kept,
    Patient,
    Session,
    requests,
)


class TestLeaving:
    @in_loop
    async def test_an_idle_connection_is_kept(self) -> None:
        """It is given away while it is open, once, then closed here."""
        session = Session(Echo())
        kept: list[tuple[int, bool]] = []
        for _ in range(2):
            session.connection.close_when_idle(
                lambda descriptor: kept.append((descriptor, session.wire.closed))
            )

        assert [(DESCRIPTOR, False)] == kept
        assert session.wire.closed

    @in_loop
    async def test_a_busy_one_is_kept_once_it_has_its_answer(self) -> None:
        """The answer is ours, what the peer asks next is the successor's."""
        patient, kept = Patient(), Kept()
        session = Session(patient)
        session.send(requests("x"))
        session.connection.close_when_idle(kept)
        assert [] == kept.descriptors

        patient.answer()
        assert (["x"], [DESCRIPTOR]) == (session.heard, kept.descriptors)

    @pytest.mark.parametrize("more", [b"a=", requests("y"), requests("y") + b"a="])
    @in_loop
    async def test_what_was_read_is_not_given_away(self, more: bytes) -> None:
        """
        A successor would read the rest of a request and not understand it: the
        peer asks again on another connection.
        """
        patient, kept = Patient(), Kept()
        session = Session(patient)
        session.send(requests("x") + more)
        session.connection.close_when_idle(kept)
        patient.answer()

        assert ([], True) == (kept.descriptors, session.wire.closed)

    @in_loop
    async def test_who_does_not_read_is_not_given_away(self) -> None:
        """A peer that has not taken its answers yet gets the rest of them."""
        session, kept = Session(Echo()), Kept()
        session.send(requests("x"))
        session.connection.pause_writing()
        session.connection.close_when_idle(kept)

        assert ([], True) == (kept.descriptors, session.wire.closed)

    @in_loop
    async def test_who_hung_up_is_not_given_away(self) -> None:
        """A peer that asks no more has what it wanted."""
        patient, kept = Patient(), Kept()
        session = Session(patient)
        session.send(requests("x"))
        session.connection.eof_received()
        session.connection.close_when_idle(kept)
        patient.answer()

        assert (["x"], []) == (session.heard, kept.descriptors)
