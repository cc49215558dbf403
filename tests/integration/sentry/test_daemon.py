"""The daemon's own errors in Sentry."""

from __future__ import annotations

import json
import socket

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.ingest import Ingest


REQUESTS = 2000
A_HANDFUL = 5


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as ingest:
        yield ingest


@pytest.fixture
def closed_port() -> Iterator[str]:
    """A port of 127.0.0.1 at which nobody listens, and nobody will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield str(taken.getsockname()[1])


def test_an_outage_is_a_handful_of_events(
    tmp_path: Path, ingest: Ingest, closed_port: str
) -> None:
    """
    Two thousand messages while the database is away: all pass, a few events
    come, each with the host's name and none with anybody's address.
    """
    settings = {
        "SENTRY_DSN": ingest.dsn,
        "SENTRY_ENVIRONMENT": "tests",
        "DB_HOST": "127.0.0.1",
        "DB_PORT": closed_port,
        "DB_PASSWORD": "hunter2",
    }
    with PrivateDaemon(tmp_path, settings) as daemon:
        with daemon.connect() as client:
            replies = {
                client.ask(f"user{number}@example.org") for number in range(REQUESTS)
            }
        until(lambda: any("uncounted" in text for text in ingest.texts()))
        assert daemon.stop() == 0

    assert replies == {"DUNNO"}
    assert 0 < len(ingest.events) <= A_HANDFUL
    for event in ingest.events:
        assert event["tags"]["fqdn"] == socket.getfqdn()
        assert event["environment"] == "tests"
        assert "example.org" not in json.dumps(event)
        assert "hunter2" not in json.dumps(event)
