"""One connection: peers that behave badly, or are gone."""

from __future__ import annotations

import pytest

from tests.unit.daemon.loops import in_loop, turns
from tests.unit.daemon.peers import Echo, Patient, Session, requests
from tests.unit.doubles import LogSpy


LIMIT = 65536


class TestBadRequest:
    @in_loop
    async def test_ends_the_connection_without_a_reply(self, log: LogSpy) -> None:
        """
        "In case of trouble the policy server must not send a reply"; the log
        says who it was, and what it sent.
        """
        session = Session(Echo())
        session.send(b"GET / HTTP/1.1\r\n\x1b", b"x" * LIMIT)

        assert session.wire.aborted
        assert not session.wire.sent
        ((level, text),) = log.lines
        assert level == "WARNING"
        assert text.startswith("bad request from 192.0.2.7:4711: more than 65536 bytes")
        assert r"b'GET / HTTP/1.1\r\n\x1b" in text

    @in_loop
    async def test_comes_after_the_good_ones(self) -> None:
        """Those before it are answered, also if that takes time."""
        patient = Patient()
        session = Session(patient)
        session.send(requests("x"), b"y" * (LIMIT + 1))
        assert not session.wire.aborted

        patient.answer()

        assert session.wire.aborted
        assert session.heard == ["x"]

    @in_loop
    async def test_is_the_last(self) -> None:
        """What comes in before the connection is gone is not looked at."""
        echo = Echo()
        session = Session(echo)
        session.send(b"x" * (LIMIT + 1), requests("x"), b"\n\n")
        session.connection.resume_writing()
        await turns()

        assert echo.asked == 0

    @in_loop
    async def test_may_come_from_a_local_process(self, log: LogSpy) -> None:
        """The peer of a UNIX socket has no address."""
        Session(Echo(), peer="").send(b"x" * (LIMIT + 1))

        assert log.lines[0][1].startswith("bad request from a local process: ")


class TestLostConnection:
    @in_loop
    async def test_is_told_to_the_server(self) -> None:
        """Once when it opens, once when it is gone."""
        session = Session(Echo())
        assert [session.connection] == session.opened
        assert session.lost == []

        session.connection.connection_lost(None)

        assert [session.connection] == session.opened == session.lost

    @in_loop
    async def test_swallows_the_reply(self, log: LogSpy) -> None:
        """
        The decision came too late for this peer; nothing breaks, and what was
        behind it is not begun.
        """
        patient = Patient()
        session = Session(patient)
        session.send(requests("x", "y"))
        session.connection.connection_lost(ConnectionResetError("reset"))
        patient.answer()
        await turns()

        assert not session.wire.sent
        assert patient.asked == ["x"]

    @in_loop
    async def test_between_two_portions_ends_the_work(self) -> None:
        """A pipeline is not worked off for nobody."""
        echo = Echo()
        session = Session(echo)
        session.send(requests(*range(1000)))
        asked = echo.asked
        session.connection.connection_lost(None)
        await turns(5)

        assert asked == echo.asked

    @pytest.mark.parametrize(
        ("error", "why"), [(None, ""), (ConnectionResetError("reset"), " (reset)")]
    )
    @in_loop
    async def test_in_the_middle_of_a_request_is_logged(
        self, log: LogSpy, error: Exception | None, why: str
    ) -> None:
        """It may explain what the mail server's log says."""
        session = Session(Echo())
        session.send(b"a=b\n")
        session.connection.connection_lost(error)

        expected = f"192.0.2.7:4711 hung up in the middle of a request{why}"
        assert [("INFO", expected)] == log.lines

    @in_loop
    async def test_at_the_end_of_one_is_nothing_to_talk_about(
        self, log: LogSpy
    ) -> None:
        """Mail servers come and go."""
        session = Session(Echo())
        session.send(requests("x"))
        session.connection.connection_lost(None)

        assert log.lines == []
