"""Sentry holds nobody up, whatever it does and however much there is to report."""

from __future__ import annotations

import socket

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.rigs.ingest import KEY, Ingest
from tests.integration.rigs.receiver import black_hole
from tests.integration.sentry.reported import run


STOP_SECONDS = 2.0
"""How long the end may wait for Sentry."""

_SLOW_MACHINE = 1.5


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as ingest:
        yield ingest


class TestFlood:
    def test_is_a_handful_of_events_and_costs_what_logging_costs(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """
        One of each place, and a single error meanwhile is not lost in it. Of
        20,000 errors all but two cost microseconds more than without.
        """
        done = run(tmp_path, ingest.dsn, "flood")

        first, last = ingest.texts()
        assert first.startswith("error 0 of Submission(")
        assert last == "the last"
        assert done.took["work"] < 20_000 * 0.0005


class TestAway:
    @pytest.mark.parametrize("status", [400, 403, 413, 500, 503])
    def test_is_told_in_the_log_once(
        self, ingest: Ingest, tmp_path: Path, status: int
    ) -> None:
        """However many errors there are."""
        ingest.receiver.answer(status)

        done = run(tmp_path, ingest.dsn, "several")

        assert len(ingest.bodies) > 1
        assert done.log.count("Sentry did not take a report: ") == 1
        assert f"Sentry did not take a report: status {status}\n" in done.log
        assert (0, "") == (done.status, done.stderr)

    def test_is_left_alone_if_it_asks_for_that(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """Nothing more is sent then."""
        ingest.receiver.answer(429, "Retry-After: 60\r\n")

        done = run(tmp_path, ingest.dsn, "several")

        assert len(ingest.bodies) == 1
        assert done.status == 0

    def test_is_no_reason_to_wait_when_it_hangs(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """Neither where the errors are made, nor for long at the end."""
        ingest.receiver.hang()

        done = run(tmp_path, ingest.dsn, "several")

        assert done.took["work"] < _SLOW_MACHINE
        assert STOP_SECONDS <= done.took["stop"] < STOP_SECONDS + _SLOW_MACHINE
        assert (0, "") == (done.status, done.stderr)

    def test_is_no_reason_to_wait_when_it_does_not_connect(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """The same of a host that is silent."""
        with black_hole() as port:
            dsn = f"http://{KEY}@127.0.0.1:{port}/1"
            done = run(tmp_path, dsn, "several")

        assert done.took["work"] < _SLOW_MACHINE
        assert done.took["stop"] < STOP_SECONDS + _SLOW_MACHINE
        assert (0, "") == (done.status, done.stderr)

    def test_is_told_when_nobody_listens(self, ingest: Ingest, tmp_path: Path) -> None:
        """And the end does not wait at all."""
        ingest.receiver.refuse()

        done = run(tmp_path, ingest.dsn, "several")

        assert done.took["stop"] < STOP_SECONDS
        assert done.log.count("Connection refused") == 1


class TestNameOfTheHost:
    def test_delays_nothing(self, ingest: Ingest, tmp_path: Path) -> None:
        """
        A resolver that never answers holds up neither the start nor the work;
        the report then has the kernel's name.
        """
        done = run(tmp_path, ingest.dsn, "nameless", "error")

        assert done.took["start"] + done.took["work"] < _SLOW_MACHINE
        assert done.took["stop"] < STOP_SECONDS
        assert [{"fqdn": socket.gethostname()}] == [
            event["tags"] for event in ingest.events
        ]
