"""Whether Sentry takes reports can be found out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rateguard.adapters.sentry.client import Sentry, start_sentry
from rateguard.domain.errors import DeliveryFailed
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.ingest import Ingest


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as ingest:
        yield ingest


@pytest.fixture
def sentry(ingest: Ingest) -> Iterator[Sentry]:
    with start_sentry(dsn=ingest.dsn, environment="tests", release="0") as sentry:
        yield sentry


class TestSendTest:
    def test_returns_once_it_was_taken(self, ingest: Ingest, sentry: Sentry) -> None:
        """The event says that it is a test; every one is sent, however many."""
        sentry.send_test()
        sentry.send_test()

        expected = ["RateGuard sent this to see that its reports arrive."] * 2
        assert expected == ingest.texts()
        assert ["info"] * 2 == [event["level"] for event in ingest.events]

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (400, "status 400"),
            (403, "status 403"),
            (413, "status 413"),
            (429, r"it asked for fewer reports \(429\)"),
            (500, "status 500"),
        ],
    )
    def test_says_why_it_was_not_taken(
        self, ingest: Ingest, sentry: Sentry, status: int, expected: str
    ) -> None:
        """As far as the library lets us know."""
        ingest.receiver.answer(status)

        with pytest.raises(DeliveryFailed, match=f"did not take it: {expected}$"):
            sentry.send_test()

    def test_says_that_it_was_asked_for_silence(
        self, ingest: Ingest, sentry: Sentry
    ) -> None:
        """Nothing was sent, so nothing was taken."""
        ingest.receiver.answer(200, "X-Sentry-Rate-Limits: 600::organization\r\n")
        sentry.send_test()

        with pytest.raises(DeliveryFailed, match=r"it asked for fewer reports$"):
            sentry.send_test()
        assert len(ingest.bodies) == 1

    def test_forgets_an_attempt_that_failed(
        self, ingest: Ingest, sentry: Sentry
    ) -> None:
        """What Sentry takes later has arrived."""
        ingest.receiver.answer(500)
        with pytest.raises(DeliveryFailed):
            sentry.send_test()
        ingest.receiver.answer(200)

        sentry.send_test()

        assert len(ingest.bodies) == 2

    def test_says_that_nobody_listens(self, ingest: Ingest, sentry: Sentry) -> None:
        """In the system's words."""
        ingest.receiver.refuse()

        with pytest.raises(DeliveryFailed, match="Connection refused"):
            sentry.send_test()

    @pytest.mark.long
    def test_says_that_there_was_no_answer(
        self, ingest: Ingest, sentry: Sentry
    ) -> None:
        """Sent is not taken."""
        ingest.receiver.hang()

        with pytest.raises(DeliveryFailed, match="timed out"):
            sentry.send_test()

    @pytest.mark.parametrize("answer", [b"", b"\0\1\2", b"HTTP/1.1 banana\r\n\r\n"])
    def test_says_that_it_was_no_answer(
        self, ingest: Ingest, sentry: Sentry, answer: bytes
    ) -> None:
        """Whatever it was that listens there."""
        ingest.receiver.say(answer)

        with pytest.raises(DeliveryFailed, match=r"did not take it: .+"):
            sentry.send_test()

    def test_is_what_the_command_does(self, ingest: Ingest, tmp_path: Path) -> None:
        """``rateguard notify test`` prints the outcome."""
        guard = PrivateDaemon(tmp_path, {"SENTRY_DSN": ingest.dsn})

        taken = guard.run("notify", "test")
        ingest.receiver.answer(500)
        refused = guard.run("notify", "test")

        assert (0, "sentry: delivered\n") == (taken.returncode, taken.stdout)
        assert refused.returncode == 1
        assert "sentry: failed: Sentry did not take it: status 500" in refused.stdout
