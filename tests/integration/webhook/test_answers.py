"""What counts as delivered."""

from __future__ import annotations

import pytest

from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.sending import alert, failure, notifier


class TestAnswer:
    @pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 226, 299])
    def test_of_any_2xx_is_success(self, receiver: HookReceiver, status: int) -> None:
        """The receiver has it."""
        receiver.answer(status)

        notifier(receiver.url("/hook")).deliver(alert())

        assert len(receiver.received) == 1

    @pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 429, 500, 503, 600])
    def test_of_anything_else_is_none(
        self, receiver: HookReceiver, status: int
    ) -> None:
        """Whom and with which status is told; it is asked once."""
        receiver.answer(status, body=b"no")

        told = failure(receiver.url("/hook"))

        assert told.startswith(f"127.0.0.1:{receiver.port}: answered {status}")
        assert len(receiver.received) == 1

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_of_a_redirect_is_not_followed(
        self, receiver: HookReceiver, status: int
    ) -> None:
        """The token goes to nobody else, and the operator learns why."""
        with HookReceiver() as elsewhere:
            receiver.redirect(elsewhere.url("/hook"), status)

            told = failure(receiver.url("/hook"))

            assert told.endswith(f"answered {status}, and redirects are not followed")
            assert (elsewhere.connections, receiver.connections) == (0, 1)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "hung up without an answer"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", "its answer is not HTTP"),
            (b"HTTP/1.1 OK\r\n\r\n", "its answer is not HTTP"),
            (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500, "its answer is not HTTP"),
        ],
        ids=["nothing", "ssh", "no status", "headers without end"],
    )
    def test_that_is_none_is_a_failure(
        self, receiver: HookReceiver, data: bytes, words: str
    ) -> None:
        """Told in words."""
        receiver.say(data)

        assert failure(receiver.url("/hook")).endswith(f": {words}")


class TestReceiver:
    def test_that_refuses(self, receiver: HookReceiver) -> None:
        """Is told with host and port."""
        receiver.refuse()

        expected = f"127.0.0.1:{receiver.port}: connection refused"
        assert expected == failure(receiver.url("/hook"))

    @pytest.mark.parametrize(
        ("host", "words"),
        [
            ("receiver.invalid", "its name cannot be resolved"),
            ("a..b", "its address is invalid"),
            ("a" * 70 + ".example.com", "its address is invalid"),
        ],
    )
    def test_that_cannot_be_found(self, host: str, words: str) -> None:
        """A name that does not exist, or is none."""
        assert f"{host}: {words}" == failure(f"http://{host}/hook")

    def test_behind_a_proxy_that_refuses(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The proxy is to blame, and said so."""
        receiver.refuse()
        monkeypatch.setenv("http_proxy", receiver.url(""))

        expected = "hooks.example.com: the proxy: connection refused"
        assert expected == failure("http://hooks.example.com/")

    def test_behind_a_proxy_that_does_not_want_us(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """There is no way round it."""
        receiver.answer(407)
        monkeypatch.setenv("https_proxy", receiver.url(""))

        expected = "hooks.example.com: the proxy: it refuses the connection"
        assert expected == failure("https://hooks.example.com/")

    def test_behind_a_proxy_of_another_kind(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SOCKS is not spoken; the proxy is not passed by."""
        monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")

        expected = "hooks.example.com: this kind of proxy is not supported"
        assert expected == failure("http://hooks.example.com/")
