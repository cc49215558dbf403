"""An attempt comes back in time, whatever the receiver does."""

from __future__ import annotations

import time

from concurrent.futures import ThreadPoolExecutor

import pytest

from rateguard.domain.errors import DeliveryFailed
from rateguard.entrypoints.daemon.notifications import Punctual
from tests.integration.rigs.black_hole import black_hole
from tests.integration.rigs.daemon import until
from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.sending import SHORT, alert, failure, notifier


SOON = SHORT + 5
"""Seconds: the timeout, and what a busy machine adds to it."""


def ends(url: str) -> bool:
    """Whether an attempt ends in time, although the receiver still hangs."""
    begun = time.monotonic()
    assert failure(url, seconds=SHORT).endswith(": no answer in time")
    return time.monotonic() - begun < SOON


@pytest.mark.usefixtures("nothing_leaks")
class TestAttempt:
    def test_ends_where_no_answer_comes(self, receiver: HookReceiver) -> None:
        """And hangs up, so that the receiver is not kept either."""
        receiver.hang()

        assert ends(receiver.url("/hook"))
        assert len(receiver.received) == 1
        until(lambda: receiver.hung_up == 1)

    def test_ends_where_tls_is_never_agreed_on(self, receiver: HookReceiver) -> None:
        """The receiver accepts and says nothing at all."""
        receiver.mute()

        assert ends(receiver.url("/hook").replace("http:", "https:"))
        until(lambda: receiver.hung_up == 1)

    def test_ends_where_connecting_never_does(self) -> None:
        """Packets vanish."""
        with black_hole() as port:
            assert ends(f"http://127.0.0.1:{port}/hook")

    @pytest.mark.parametrize("status", [200, 302, 500])
    def test_does_not_wait_for_a_body(
        self, receiver: HookReceiver, status: int
    ) -> None:
        """
        The status says all: neither length nor pace of the rest matter, nor
        where a redirect goes.
        """
        receiver.drip(
            f"HTTP/1.1 {status} Told\r\nLocation: /x\r\n"
            "Content-Length: 999999999\r\n\r\n".encode()
        )
        begun = time.monotonic()

        told = "" if status == 200 else failure(receiver.url("/hook"))
        if status == 200:
            notifier(receiver.url("/hook")).deliver(alert())

        assert not told or f"answered {status}" in told
        assert time.monotonic() - begun < SOON

    def test_ends_where_a_proxy_is_cut_short(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Half a "yes" is followed by nothing."""
        receiver.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
        monkeypatch.setenv("https_proxy", receiver.url(""))

        told = failure("https://hooks.example.com/")

        assert told.startswith("hooks.example.com: ")
        assert [each.method for each in receiver.received] == ["CONNECT"]


class TestDrip:
    @pytest.mark.parametrize(
        "beginning",
        [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 100 Continue\r\n\r\n" * 100],
        ids=["header", "continue"],
    )
    def test_wins_no_time(self, receiver: HookReceiver, beginning: bytes) -> None:
        """A byte now and then is no answer: as the daemon does it, it fails."""
        receiver.drip(beginning)
        begun = time.monotonic()

        with pytest.raises(DeliveryFailed, match=f"^no result within {SHORT} s$"):
            Punctual(notifier(receiver.url("/hook")), SHORT).deliver(alert())

        assert time.monotonic() - begun < SOON


class TestAttempts:
    def test_of_several_threads_do_not_mix(self, receiver: HookReceiver) -> None:
        """Each event arrives once, with its own key and sender."""
        sender = notifier(receiver.url("/{sender}"))
        names = [str(number) for number in range(40)]

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda name: sender.deliver(alert(name, name)), names))

        told = [
            (each.headers["Idempotency-Key"], each.path, each.json["sender"])
            for each in receiver.received
        ]
        assert sorted(told) == sorted((name, f"/{name}", name) for name in names)


class TestProbe:
    def test_sends_nothing(self, receiver: HookReceiver) -> None:
        """It only sees that somebody listens."""
        notifier(receiver.url("/hook")).probe()

        until(lambda: receiver.connections == 1)
        assert receiver.received == []

    @pytest.mark.parametrize(
        ("host", "words"),
        [
            ("127.0.0.1", "connection refused"),
            ("receiver.invalid", "its name cannot be resolved"),
            ("a..b", "its address is invalid"),
        ],
    )
    def test_says_why_not(self, receiver: HookReceiver, host: str, words: str) -> None:
        """With host and port, and nothing else of the address."""
        receiver.refuse()
        url = receiver.url("/secret-path/{token}", host=host)

        with pytest.raises(DeliveryFailed) as caught:
            notifier(url).probe()

        assert f"{host}:{receiver.port}: {words}" == str(caught.value)

    def test_leaves_a_proxy_alone(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether the receiver is there only the proxy knows."""
        monkeypatch.setenv("https_proxy", receiver.url(""))

        notifier("https://receiver.invalid/").probe()

        assert receiver.connections == 0
