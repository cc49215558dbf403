"""A call that is over in time."""

from __future__ import annotations

import socket
import threading
import weakref

from contextlib import suppress

import pytest

from rateguard.adapters.notify.deadline import Deadline, reach
from tests.integration.rigs.black_hole import black_hole
from tests.integration.rigs.daemon import until
from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.leaks import left_behind
from tests.integration.webhook.sending import (
    GENEROUS,
    SHORT,
)


pytestmark = pytest.mark.usefixtures("nothing_leaks")


class TestReach:
    def test_goes_on_to_the_next_address(self, receiver: HookReceiver) -> None:
        """One that swallows everything leaves time for one that answers."""
        with black_hole() as port:
            addresses = [
                (socket.AF_INET, ("127.0.0.1", port)),
                (socket.AF_INET, ("127.0.0.1", receiver.port)),
            ]
            deadline = Deadline(3 * SHORT)

            def peer() -> object:
                with reach(addresses, deadline) as connection:
                    return connection.getpeername()

            assert deadline.call(peer) == ("127.0.0.1", receiver.port)

    def test_says_why_the_last_one_did_not_work(self, receiver: HookReceiver) -> None:
        """It is the one that is waited for."""
        receiver.refuse()
        address = (socket.AF_INET, ("127.0.0.1", receiver.port))

        deadline = Deadline(GENEROUS)

        with pytest.raises(ConnectionRefusedError):
            deadline.call(lambda: reach([address, address], deadline))


class TestDeadline:
    def test_leaves_behind_what_cannot_be_interrupted(self) -> None:
        """As a name server that never answers."""
        over = threading.Event()

        with pytest.raises(TimeoutError):
            Deadline(SHORT).call(lambda: over.wait(GENEROUS))

        assert left_behind() == ["deadline"]
        over.set()

    def test_opens_nothing_more_once_it_is_over(self, receiver: HookReceiver) -> None:
        """What was left behind does not begin to talk later."""
        deadline = Deadline(GENEROUS)
        deadline.call(lambda: None)
        address = (socket.AF_INET, ("127.0.0.1", receiver.port))

        with pytest.raises(TimeoutError):
            reach([address], deadline)

        assert receiver.connections == 0

    def test_raises_what_was_raised(self) -> None:
        """The caller sees no difference to a call without it."""

        def act() -> None:
            raise KeyError("x")

        with pytest.raises(KeyError):
            Deadline(GENEROUS).call(act)

    def test_keeps_nothing_of_what_was_raised(self) -> None:
        """
        All that the call had open is gone with its error, without the garbage
        collector.
        """
        held: list[weakref.ref[object]] = []

        def act() -> None:
            opened = threading.Event()
            held.append(weakref.ref(opened))
            raise KeyError("x")

        with suppress(KeyError):
            Deadline(GENEROUS).call(act)

        until(lambda: held[0]() is None, 5)
