"""Mail servers that say no."""

from __future__ import annotations

from itertools import product

import pytest

from rateguard.domain.errors import DeliveryFailed
from tests.integration.rigs.mail import alert, notifier
from tests.integration.rigs.smtp import SmtpReceiver
from tests.integration.rigs.smtp_script import Fault, ScriptedSmtp


class TestNoAnswer:
    def test_of_nobody_is_told(self) -> None:
        """With host and port."""
        with SmtpReceiver() as server:
            pass

        with pytest.raises(DeliveryFailed) as caught:
            notifier(server.port).deliver(alert())

        assert f"localhost:{server.port}: connection refused" == str(caught.value)

    @pytest.mark.parametrize(
        ("step", "fault"),
        [
            *product(["CONNECT", "EHLO", "MAIL", "DATA"], [Fault.CLOSE, Fault.BREAK]),
            ("MESSAGE", Fault.CLOSE),
        ],
    )
    def test_but_hanging_up_is_told(self, step: str, fault: Fault) -> None:
        """
        At whatever step, and with whatever was said by then; but a server that
        has begun to say yes to the message has it.
        """
        with (
            ScriptedSmtp({step: fault}) as server,
            pytest.raises(DeliveryFailed, match=r"^localhost:\d+: hung up"),
        ):
            notifier(server.port).deliver(alert())

    @pytest.mark.parametrize("host", ["no such host", "a..b", "x" * 64 + ".example"])
    def test_of_a_host_that_is_none_is_told(self, host: str) -> None:
        """A name that nobody can look up."""
        with pytest.raises(DeliveryFailed, match=f"^{host}:25: its (name|address)"):
            notifier(25, host=host).deliver(alert())


class TestRefusal:
    @pytest.mark.parametrize(
        ("step", "reply", "told"),
        [
            ("CONNECT", b"554 5.7.1 Go away\r\n", "connecting: 554 5.7.1 Go away"),
            ("CONNECT", b"SSH-2.0-x\r\n", "connecting: no SMTP: 2.0-x"),
            ("MAIL", b"530 5.7.0 Log in\r\n", "MAIL FROM:<>: 530 5.7.0 Log in"),
            ("MAIL", b"421 Bye\r\n", "MAIL FROM:<>: 421 Bye"),
            ("RCPT", b"550-No\r\n550 such\r\n", "ops@example.com: 550 No such"),
            ("DATA", b"452 Full\r\n", "ops@example.com: 452 Full"),
            ("DATA", b"250 Yes\r\n", "DATA: 250 Yes"),
            ("MESSAGE", b"554 5.7.1 Spam\r\n", "ops@example.com: 554 5.7.1 Spam"),
            ("MESSAGE", b"451 \x1b[2J\xff\r\n", "ops@example.com: 451 \\x1b[2J\ufffd"),
            ("RCPT", b"550 " + b"x" * 9000 + b"\r\n", "500 Line too long."),
        ],
    )
    def test_is_told_with_the_servers_words(
        self, step: str, reply: bytes, told: str
    ) -> None:
        """Which step it was, and the reply, escaped."""
        with (
            ScriptedSmtp({step: reply}) as server,
            pytest.raises(DeliveryFailed) as caught,
        ):
            notifier(server.port, to=("ops@example.com",)).deliver(alert())

        assert f"localhost:{server.port}: {told}" == str(caught.value)

    def test_is_told_though_the_goodbye_fails(self) -> None:
        """Of two troubles that which matters."""
        with (
            ScriptedSmtp({"RCPT": b"550 No\r\n", "QUIT": Fault.CLOSE}) as server,
            pytest.raises(DeliveryFailed, match=r"ops@example\.com: 550 No$"),
        ):
            notifier(server.port, to=("ops@example.com",)).deliver(alert())

    def test_of_the_senders_mail_from_is_no_word_on_him(self) -> None:
        """Who takes no mail from us at all may do so later."""
        with (
            ScriptedSmtp({"MAIL": b"550 no null sender here\r\n"}) as server,
            pytest.raises(DeliveryFailed),
        ):
            notifier(server.port, to=(), to_sender=True).deliver(alert())
