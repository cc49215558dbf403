"""Errors arrive at Sentry, those who send mail do not."""

from __future__ import annotations

import socket

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rateguard import __version__
from tests.integration.rigs.ingest import KEY, Ingest
from tests.integration.sentry.reported import Done, run


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as ingest:
        yield ingest


@pytest.fixture(scope="module")
def all_faults(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Ingest, Done]]:
    """The program that makes every fault there is, and who was told."""
    settings = {"SENTRY_ENVIRONMENT": "the tests", "LOG_LEVEL": "DEBUG"}
    folder = tmp_path_factory.mktemp("faults")
    with Ingest() as ingest:
        words = ("--password=hunter3", "faults")
        yield ingest, run(folder, ingest.dsn, *words, **settings)


class TestFaults:
    @pytest.fixture
    def ingest(self, all_faults: tuple[Ingest, Done]) -> Ingest:
        """Who was told."""
        return all_faults[0]

    @pytest.fixture
    def done(self, all_faults: tuple[Ingest, Done]) -> Done:
        """What became of the program."""
        return all_faults[1]

    def test_are_reported(self, ingest: Ingest, done: Done) -> None:
        """What is logged, what ends a thread, what ends the program; each once."""
        expected = {
            ("logging", "fatal", None),
            ("logging", "error", "KeyError"),
            ("threading", "error", "KeyError"),
            ("main", "error", "ZeroDivisionError"),
        }
        assert expected == {_fault(event) for event in ingest.events}
        assert len(ingest.events) == len(expected)

    def test_say_where_they_come_from(self, ingest: Ingest, done: Done) -> None:
        """Which host, which version, which environment; and with which key."""
        for event in ingest.events:
            assert {"fqdn": socket.getfqdn()} == event["tags"]
            assert event["environment"] == "the tests"
            assert event["release"] == __version__
        for received in ingest.receiver.received:
            assert received.path == "/prefix/api/42/envelope/"
            assert f"sentry_key={KEY}" in received.headers["X-Sentry-Auth"]

    def test_say_where_they_happened(self, ingest: Ingest, done: Done) -> None:
        """Function, line and source, but no variable."""
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
        No sessions, traces, profiles or counts; no integration is there; and of
        what was logged before an error there is nothing beside it.
        """
        assert {"event"} == {kind for kind, _ in ingest.items}
        for event in ingest.events:
            assert {"breadcrumbs", "modules", "request", "user"}.isdisjoint(event)
        assert [[]] * 4 == [event["sdk"]["integrations"] for event in ingest.events]

    def test_end_the_program_as_ever(self, done: Done, tmp_path: Path) -> None:
        """
        With the same words as without Sentry, where nobody watches; the key is
        shown nowhere.
        """
        without = run(tmp_path, "", "faults")

        assert (False, True) == (without.took["watched"], done.took["watched"])
        assert (without.status, without.stderr) == (done.status, done.stderr)
        assert "ZeroDivisionError" in done.stderr
        assert KEY not in done.stderr + done.log


def _fault(event: Any) -> tuple[str, str, str | None]:
    if "exception" not in event:
        return "logging", event["level"], None
    last = event["exception"]["values"][-1]
    return last["mechanism"]["type"], event["level"], last["type"]


class TestLevel:
    def test_of_what_is_no_fault_is_not_reported(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """
        Warnings are no errors, and what we refuse on purpose is told to the
        operator in a line.
        """
        done = run(tmp_path, ingest.dsn, "nothing")

        assert (True, 1) == (done.took["watched"], done.status)
        assert ingest.bodies == []

    def test_of_the_log_is_not_that_of_reports(
        self, ingest: Ingest, tmp_path: Path
    ) -> None:
        """LOG_LEVEL says what is logged, not what is reported."""
        done = run(tmp_path, ingest.dsn, "several", LOG_LEVEL="CRITICAL")

        assert ["first", "second", "third"] == ingest.texts()
        assert done.log == ""
