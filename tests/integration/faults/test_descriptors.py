"""More connections than file descriptors."""

from __future__ import annotations

import resource
import time

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.faults.victim import DEADLINE, SENDERS, SLACK, Victim, waited
from tests.integration.rigs.daemon import PolicyClient, until


SECONDS = 1.5
"""Longer than an event loop waits before it accepts again."""

MOST_MEGABYTES = 100


@pytest.fixture(params=[False, True], ids=["uvloop", "asyncio"])
def crowded(request: pytest.FixtureRequest, victim: Victim) -> Iterator[Victim]:
    """A daemon that has begun to work, on each kind of event loop."""
    if not request.param:
        pytest.importorskip("uvloop")
    victim.plain_asyncio = request.param
    with victim:
        victim.recovers()
        yield victim


def may_open(victim: Victim, descriptors: int) -> None:
    """Limit the running daemon."""
    resource.prlimit(victim.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))


def answered(client: PolicyClient) -> bool:
    """Whether a connection is served, not hung up on or left waiting."""
    client.socket.settimeout(DEADLINE)
    try:
        return waited(client, SENDERS[0]) < DEADLINE
    except (EOFError, OSError):
        return False


def goes_on(victim: Victim, client: PolicyClient) -> None:
    """
    Assert that for some seconds, out of descriptors, the others are served
    while neither the processor nor the log has much to do.
    """
    used, until_then = victim.processor_seconds(), time.monotonic() + SECONDS
    while time.monotonic() < until_then:
        waited(client, SENDERS[0])
        time.sleep(SLACK / 10)
    assert victim.processor_seconds() - used < SECONDS / 3
    assert victim.resident_megabytes() < MOST_MEGABYTES
    assert len(victim.complaints()) <= 1


class TestCrowd:
    def test_leaves_some_for_ourselves(self, crowded: Victim) -> None:
        """
        Who comes when few descriptors are left is hung up on at once; those
        who are connected are served, and the log says why, once. Files can
        still be opened: the database, the log.
        """
        may_open(crowded, 100)
        with ExitStack() as stack:
            # One after the other: plain asyncio accepts all that wait before
            # it lets us see the first of them.
            comers = (stack.enter_context(crowded.connect()) for _ in range(120))
            served = [client for client in comers if answered(client)]
            assert len(served) == 50
            assert crowded.descriptors() < 80
            goes_on(crowded, served[0])
            crowded.said("hung up on a mail server: 50 connections.*100 file")
        until(lambda: crowded.descriptors() < 40)
        with crowded.connect() as client:
            assert answered(client)
        crowded.said("hung up")

    def test_takes_the_last_one(self, crowded: Victim) -> None:
        """
        With no descriptor left at all, those who are connected are served,
        and new ones as soon as others leave.
        """
        with crowded.connect() as client:
            may_open(crowded, crowded.descriptors() + 5)
            with ExitStack() as stack:
                for _ in range(12):
                    stack.enter_context(crowded.connect())
                goes_on(crowded, client)

            def accepted() -> bool:
                with crowded.connect() as newcomer:
                    return answered(newcomer)

            until(accepted)
            waited(client, SENDERS[0])
        assert len(crowded.complaints()) <= 1
