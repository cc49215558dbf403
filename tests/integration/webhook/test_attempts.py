"""An attempt comes back in time, whatever the receiver does."""

from __future__ import annotations

import threading
import time

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.ports import ATTEMPT_SECONDS
from tests.integration.rigs.black_hole import black_hole
from tests.integration.rigs.daemon import until
from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.leaks import left_behind
from tests.integration.webhook.sending import (
    GENEROUS,
    SHORT,
    alert,
    failure,
    notifier,
    took,
)


SOON = SHORT + 5
"""Seconds: the deadline, and what a busy machine adds to it."""


def ends(url: str) -> bool:
    """
    Whether an attempt ends in time, and nothing of it runs on, although the
    receiver still does what it does.
    """
    seconds = took(url)
    until(lambda: not left_behind())
    return seconds < SOON


pytestmark = pytest.mark.usefixtures("nothing_leaks")


class TestAttempt:
    def test_may_take_as_long_as_the_port_says(self) -> None:
        """Unless somebody says otherwise."""
        assert ATTEMPT_SECONDS == _default_seconds()

    def test_ends_where_no_answer_comes(self, receiver: HookReceiver) -> None:
        """And hangs up, so that the receiver is not kept either."""
        receiver.hang()

        assert ends(receiver.url("/hook"))
        assert len(receiver.received) == 1
        until(lambda: receiver.hung_up == 1)

    def test_ends_where_headers_never_do(self, receiver: HookReceiver) -> None:
        """A byte now and then is no answer."""
        receiver.drip_header()

        assert ends(receiver.url("/hook"))

    def test_ends_where_the_status_never_comes(self, receiver: HookReceiver) -> None:
        """Continue for ever is no answer."""
        receiver.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

        assert ends(receiver.url("/hook"))

    def test_does_not_wait_for_a_body(self, receiver: HookReceiver) -> None:
        """The status says all, so neither length nor pace of the rest matter."""
        receiver.drip_body(200)
        begun = time.monotonic()

        notifier(receiver.url("/hook")).deliver(alert())

        assert time.monotonic() - begun < GENEROUS / 2

    @pytest.mark.parametrize("status", [302, 500])
    def test_does_not_wait_for_the_body_of_a_failure(
        self, receiver: HookReceiver, status: int
    ) -> None:
        """Also not to see what it is, or where a redirect goes."""
        receiver.drip(
            f"HTTP/1.1 {status} Told\r\nLocation: /x\r\n"
            "Content-Length: 999999999\r\n\r\n".encode()
        )
        begun = time.monotonic()

        assert f"answered {status}" in failure(receiver.url("/hook"))
        assert time.monotonic() - begun < GENEROUS / 2

    def test_ends_where_tls_is_never_agreed_on(self, receiver: HookReceiver) -> None:
        """The receiver accepts and says nothing at all."""
        receiver.mute()

        assert ends(receiver.url("/hook").replace("http:", "https:"))
        until(lambda: receiver.hung_up == 1)

    def test_ends_where_connecting_never_does(self) -> None:
        """Packets vanish."""
        with black_hole() as port:
            assert ends(f"http://127.0.0.1:{port}/hook")

    def test_ends_where_a_proxy_never_answers(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The way there counts, too."""
        receiver.drip(b"HTTP/1.1 200 OK\r\nX-Long: ")
        monkeypatch.setenv("https_proxy", receiver.url(""))

        assert ends("https://hooks.example.com/")
        assert [each.method for each in receiver.received] == ["CONNECT"]

    def test_ends_where_a_proxy_is_cut_short(
        self, receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Half a "yes" is followed by nothing."""
        receiver.say(b"HTTP/1.1 200 OK\r\nX-Long: ")
        monkeypatch.setenv("https_proxy", receiver.url(""))

        told = failure("https://hooks.example.com/", seconds=SHORT + 5)

        assert told.startswith("hooks.example.com: ")


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

    def test_are_not_delayed_by_one_that_hangs(self, receiver: HookReceiver) -> None:
        """Another thread's alert is there long before that one gives up."""
        receiver.hang()
        sender = notifier(receiver.url("/hook"))

        def hanging() -> None:
            with suppress(DeliveryFailed):
                sender.deliver(alert())

        thread = threading.Thread(target=hanging)
        thread.start()
        until(lambda: receiver.received)
        receiver.answer(200)
        sender.deliver(alert())

        assert thread.is_alive()
        receiver.__exit__()
        thread.join()


def _default_seconds() -> float:
    sender = notifier("http://127.0.0.1/")
    return type(sender)(sender.webhook, sender.clock).seconds
