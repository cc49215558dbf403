"""Mail servers that take their time."""

from __future__ import annotations

import time

import pytest

from rateguard.domain.errors import DeliveryFailed
from tests.integration.rigs.daemon import until
from tests.integration.rigs.mail import alert, notifier
from tests.integration.rigs.smtp_script import Fault, ScriptedSmtp


DEADLINE = 0.4

# A slow machine is late itself; a server that drips is so for ever.
PATIENCE = 8.0

FAULTS = [Fault.HANG, Fault.DRIP]
STEPS = ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE"]


class TestDeadline:
    @pytest.mark.parametrize("fault", FAULTS)
    @pytest.mark.parametrize("step", STEPS)
    def test_holds_at_every_step(self, step: str, fault: Fault) -> None:
        """For all of it together: a byte now and then wins no time."""
        with ScriptedSmtp({step: fault}) as server:
            slow = notifier(server.port, seconds=DEADLINE, user="a", password="b")
            begin = time.monotonic()
            with pytest.raises(DeliveryFailed) as caught:
                slow.deliver(alert())
            took = time.monotonic() - begin

        assert f"localhost:{server.port}: no answer in time" == str(caught.value)
        assert step == server.steps[-1]
        assert took < PATIENCE

    def test_ends_the_conversation(self) -> None:
        """Nothing stays behind that goes on listening to a server that drips."""
        with ScriptedSmtp({"EHLO": Fault.DRIP}) as server:
            with pytest.raises(DeliveryFailed):
                notifier(server.port, seconds=DEADLINE).deliver(alert())
            until(lambda: not server.talking)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_holds_during_the_handshake(self, fault: Fault) -> None:
        """With STARTTLS and with TLS from the first byte."""
        answers = {"STARTTLS": b"220 go on\r\n220", "CONNECT": b"220 hi\r\n"}
        begin = time.monotonic()
        with (
            ScriptedSmtp({"CONNECT": fault}) as server,
            pytest.raises(DeliveryFailed),
        ):
            notifier(server.port, seconds=DEADLINE, implicit_tls=True).deliver(alert())
        with ScriptedSmtp({**answers}) as server, pytest.raises(DeliveryFailed):
            notifier(server.port, seconds=DEADLINE, starttls=True).deliver(alert())

        assert time.monotonic() - begin < PATIENCE

    @pytest.mark.parametrize("fault", [*FAULTS, Fault.CLOSE])
    def test_is_none_of_the_goodbyes_business(self, fault: Fault) -> None:
        """A mail that was taken is delivered, whatever comes after."""
        with ScriptedSmtp({"QUIT": fault}) as server:
            notifier(server.port, seconds=2).deliver(alert())

        assert ["MESSAGE", "QUIT"] == server.steps[-2:]
