"""Mail servers that take their time."""

from __future__ import annotations

import time

import pytest

from rateguard.domain.errors import DeliveryFailed
from rateguard.entrypoints.daemon.notifications import Punctual
from tests.integration.rigs.black_hole import black_hole
from tests.integration.rigs.daemon import until
from tests.integration.rigs.mail import alert, notifier
from tests.integration.rigs.smtp_script import Fault, ScriptedSmtp


SHORT = 0.4
"""Seconds for each step."""

SOON = 8.0
"""Seconds: a slow machine is late itself; a server that hangs is so for ever."""

STEPS = ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE"]


class TestTimeout:
    @pytest.mark.parametrize("step", STEPS)
    def test_holds_at_every_step(self, step: str) -> None:
        """Told with host and port; the conversation is over."""
        with ScriptedSmtp({step: Fault.HANG}) as server:
            slow = notifier(server.port, seconds=SHORT, user="a", password="b")
            begun = time.monotonic()
            with pytest.raises(DeliveryFailed) as caught:
                slow.deliver(alert())
            took = time.monotonic() - begun

        assert f"localhost:{server.port}: no answer in time" == str(caught.value)
        assert step == server.steps[-1]
        assert took < SOON

    def test_holds_during_the_handshake(self) -> None:
        """The server accepts and says nothing at all."""
        with (
            ScriptedSmtp({"CONNECT": Fault.HANG}) as server,
            pytest.raises(DeliveryFailed, match="no answer in time"),
        ):
            notifier(server.port, seconds=SHORT, implicit_tls=True).deliver(alert())

    def test_holds_while_connecting(self) -> None:
        """Packets vanish."""
        with (
            black_hole() as port,
            pytest.raises(DeliveryFailed, match="no answer in time"),
        ):
            notifier(port, host="127.0.0.1", seconds=SHORT).deliver(alert())


class TestDrip:
    @pytest.mark.parametrize("step", STEPS)
    def test_wins_no_time(self, step: str) -> None:
        """A byte now and then is no answer: as the daemon does it, it fails."""
        with ScriptedSmtp({step: Fault.DRIP}) as server:
            slow = notifier(server.port, user="a", password="b")
            with pytest.raises(DeliveryFailed, match=f"^no result within {SHORT} s$"):
                Punctual(slow, SHORT).deliver(alert())

        assert step == server.steps[-1]


class TestGoodbye:
    @pytest.mark.parametrize("fault", [Fault.HANG, Fault.DRIP, Fault.CLOSE])
    def test_is_not_waited_for(self, fault: Fault) -> None:
        """A mail that was taken is delivered, whatever comes after."""
        with ScriptedSmtp({"QUIT": fault}) as server:
            begun = time.monotonic()
            notifier(server.port).deliver(alert())
            assert time.monotonic() - begun < SOON
            until(lambda: server.steps[-2:] == ["MESSAGE", "QUIT"])


class TestProbe:
    def test_goes_as_far_as_mail_could_be_sent(self) -> None:
        """The login included; no mail is begun."""
        with ScriptedSmtp() as server:
            notifier(server.port, user="a", password="b").probe()
            until(lambda: server.steps[-1] == "QUIT")

        assert server.steps == ["CONNECT", "EHLO", "AUTH", "QUIT"]

    def test_says_why_not(self) -> None:
        """With the server's words."""
        with (
            ScriptedSmtp({"AUTH": b"535 5.7.8 No\r\n"}) as server,
            pytest.raises(DeliveryFailed, match=r"^localhost:\d+: AUTH as a: 535 5"),
        ):
            notifier(server.port, user="a", password="b").probe()
