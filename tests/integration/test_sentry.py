"""
Errors arrive at Sentry, those who send mail do not.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from rateguard import __version__
from tests.integration.rigs.daemon import environment
from tests.integration.rigs.ingest import KEY, Ingest
from tests.integration.rigs.receiver import black_hole


_PROGRAM = Path(__file__).with_name("reporting.py")

STOP_SECONDS = 2.0
"""How long the end may wait for Sentry."""

_SLOW_MACHINE = 1.5


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as ingest:
        yield ingest


@attrs.frozen
class Done:
    """
    What became of the program.

    Attributes:
        took: Seconds of its parts.
    """

    status: int
    stderr: str
    log: str
    took: dict[str, float]


def run(folder: Path, dsn: str, *words: str, **settings: str) -> Done:
    """
    Run the program that is reported on.
    """
    log_file = folder / "rateguard.log"
    ours = {"SENTRY_DSN": dsn, "LOG_FILE": str(log_file), "DB_PASSWORD": "hunter2"}
    done = subprocess.run(
        [sys.executable, str(_PROGRAM), *words],
        cwd=folder,
        env=environment({**ours, **settings}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    took = json.loads(done.stdout)
    return Done(done.returncode, done.stderr, log_file.read_text("utf-8"), took)


class TestFaults:
    @pytest.fixture
    def done(self, ingest: Ingest, tmp_path: Path) -> Done:
        """
        The program that makes every fault there is.
        """
        settings = {"SENTRY_ENVIRONMENT": "the tests", "LOG_LEVEL": "DEBUG"}
        return run(tmp_path, ingest.dsn, "--password=hunter3", "faults", **settings)

    def test_are_reported(self, ingest: Ingest, done: Done) -> None:
        """
        What is logged, what ends a thread, what ends the program; each once.
        """
        expected = {
            ("logging", "fatal", None),
            ("logging", "error", "KeyError"),
            ("threading", "error", "KeyError"),
            ("main", "error", "ZeroDivisionError"),
        }
        assert expected == {_fault(event) for event in ingest.events}
        assert len(ingest.events) == len(expected)

    def test_say_where_they_come_from(self, ingest: Ingest, done: Done) -> None:
        """
        Which host, which version, which environment; and with which key.
        """
        for event in ingest.events:
            assert {"fqdn": socket.getfqdn()} == event["tags"]
            assert event["environment"] == "the tests"
            assert event["release"] == __version__
        for received in ingest.receiver.received:
            assert received.path == "/prefix/api/42/envelope/"
            assert f"sentry_key={KEY}" in received.headers["X-Sentry-Auth"]

    def test_say_where_they_happened(self, ingest: Ingest, done: Done) -> None:
        """
        Function, line and source, but no variable.
        """
        raised = next(each for each in ingest.events if _fault(each)[0] == "threading")
        last = raised["exception"]["values"][-1]["stacktrace"]["frames"][-1]

        assert last["function"] == "fail_too"
        assert last["context_line"].strip() == "raise KeyError(login)"
        assert '"vars"' not in "".join(ingest.bodies)

    @pytest.mark.parametrize(
        "secret",
        ["ali.ce", "ali-ce", "example.org", "192.0.2.77", "hunter2", "hunter3", KEY],
    )
    def test_tell_nothing_of_those_who_send(
        self, ingest: Ingest, done: Done, secret: str
    ) -> None:
        """
        No address, no request, no argument of the program, no password. The
        log of the host has what Sentry has not.
        """
        assert len(ingest.bodies) == 4
        assert secret not in "".join(ingest.bodies)
        assert "ali.ce" in done.log

    def test_are_all_that_is_sent(self, ingest: Ingest, done: Done) -> None:
        """
        No sessions, traces, profiles or counts, and no integration is there.
        """
        assert {"event"} == {kind for kind, _ in ingest.items}
        assert [[]] * 4 == [event["sdk"]["integrations"] for event in ingest.events]

    def test_end_the_program_as_ever(self, done: Done, tmp_path: Path) -> None:
        """
        With the same words as without Sentry; the key is shown nowhere.
        """
        without = run(tmp_path, "", "faults")

        assert (without.status, without.stderr) == (done.status, done.stderr)
        assert "ZeroDivisionError" in done.stderr
        assert KEY not in done.stderr + done.log

    def test_are_not_noticed_without_a_dsn(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """
        Nobody watches then.
        """
        done = run(tmp_path, "", "faults")

        assert (False, []) == (done.took["watched"], ingest.bodies)


def _fault(event: Any) -> tuple[str, str, str | None]:
    if "exception" not in event:
        return "logging", event["level"], None
    last = event["exception"]["values"][-1]
    return last["mechanism"]["type"], event["level"], last["type"]


class TestOthers:
    def test_are_not_reported(self, ingest: Ingest, tmp_path: Path) -> None:
        """
        Warnings are no errors, and what we refuse on purpose is told to the
        operator in a line.
        """
        done = run(tmp_path, ingest.dsn, "nothing")

        assert (True, 1) == (done.took["watched"], done.status)
        assert ingest.bodies == []


class TestFlood:
    def test_is_a_handful_of_events(self, ingest: Ingest, tmp_path: Path) -> None:
        """
        One of each place, and a single error meanwhile is not lost in it.
        """
        run(tmp_path, ingest.dsn, "flood")

        first, last = ingest.texts()
        assert first.startswith("error 0 of Submission(")
        assert last == "the last"

    def test_of_one_costs_what_logging_costs(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """
        Of 20,000 errors all but two cost microseconds more than without.
        """
        done = run(tmp_path, ingest.dsn, "flood")

        assert done.took["work"] < 20_000 * 0.0005


class TestAway:
    @pytest.mark.parametrize("status", [302, 400, 403, 413, 500, 503])
    def test_is_told_in_the_log_once(
        self, ingest: Ingest, tmp_path: Path, status: int
    ) -> None:
        """
        However many errors there are; no report is repeated.
        """
        ingest.receiver.answer(status, "Location: /elsewhere\r\n")

        done = run(tmp_path, ingest.dsn, "several")

        assert len(ingest.bodies) == 3
        assert done.log.count("cannot report an error: ") == 1
        assert f"Sentry did not take it: {status} " in done.log
        assert (0, "") == (done.status, done.stderr)

    def test_is_left_alone_if_it_asks_for_that(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """
        Nothing more is sent then.
        """
        ingest.receiver.answer(429, "Retry-After: 60\r\n")

        done = run(tmp_path, ingest.dsn, "several")

        assert len(ingest.bodies) == 1
        assert done.status == 0

    def test_is_no_reason_to_wait_when_it_hangs(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """
        Neither where the errors are made, nor for long at the end.
        """
        ingest.receiver.hang()

        done = run(tmp_path, ingest.dsn, "several")

        assert done.took["work"] < _SLOW_MACHINE
        assert STOP_SECONDS <= done.took["stop"] < STOP_SECONDS + _SLOW_MACHINE
        assert (0, "") == (done.status, done.stderr)

    def test_is_no_reason_to_wait_when_it_does_not_connect(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """
        The same of a host that is silent.
        """
        with black_hole() as port:
            dsn = f"http://{KEY}@127.0.0.1:{port}/1"
            done = run(tmp_path, dsn, "several")

        assert done.took["work"] < _SLOW_MACHINE
        assert done.took["stop"] < STOP_SECONDS + _SLOW_MACHINE
        assert (0, "") == (done.status, done.stderr)

    def test_is_told_when_nobody_listens(self, ingest: Ingest, tmp_path: Path) -> None:
        """
        And the end does not wait at all.
        """
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
