"""Many who say nothing, and one who says little."""

from __future__ import annotations

import time

from contextlib import ExitStack

from tests.integration.faults.victim import DEADLINE, SENDERS, Victim, waited
from tests.integration.rigs.daemon import request as policy_request


IDLE = 300
"""Three services with Postfix's default of a hundred processes each."""

MOST_MEGABYTES = 100
WATCHED_SECONDS = 1.5


class TestIdle:
    def test_costs_next_to_nothing(self, either: Victim) -> None:
        """
        With 300 connections that were used and are idle now, the daemon keeps
        below 100 MB and does nothing at all.
        """
        with either, ExitStack() as stack:
            clients = [stack.enter_context(either.connect()) for _ in range(IDLE)]
            for client in clients:
                client.send(policy_request(SENDERS[0]))
            assert {client.reply() for client in clients} == {"DUNNO"}
            used = either.processor_seconds()
            time.sleep(WATCHED_SECONDS)
            assert either.processor_seconds() - used <= WATCHED_SECONDS / 100
            assert either.resident_megabytes() < MOST_MEGABYTES
            assert waited(clients[-1], SENDERS[0]) < DEADLINE


class TestDrip:
    def test_costs_nobody_else(self, running: Victim) -> None:
        """
        Whoever sends a byte now and then keeps nobody waiting, costs no
        time, and gets an answer in the end.
        """
        with running.connect() as slow, running.connect() as fast:
            used = running.processor_seconds()
            slowest = 0.0
            for byte in policy_request("slow@example.org"):
                slow.send(bytes([byte]))
                slowest = max(slowest, waited(fast, SENDERS[0]))
            assert slow.reply() == "DUNNO"
            assert slowest < DEADLINE
            assert running.processor_seconds() - used < DEADLINE
        assert running.counted()["slow@example.org"] == 1
        running.said()
