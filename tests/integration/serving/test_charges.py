"""What the running daemon charges, and when."""

from __future__ import annotations

import contextlib
import signal

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemons import (
    REFUSED,
    a_sender,
    rows,
    serving,
    set_quota,
    used,
)
from tests.integration.rigs.daemon import PrivateDaemon


MESSAGE = {"instance": "5ca.68f0a1b2.3d4e5.0", "queue_id": "4XyZ1a2b3c"}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDaemon]:
    with serving(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


class TestOneMessage:
    @pytest.mark.parametrize("connections", [1, 2])
    def test_is_charged_once(self, daemon: PrivateDaemon, connections: int) -> None:
        """
        Asked about at DATA and at END-OF-MESSAGE, and again by Postfix after
        a failure on a new connection, a message counts once.
        """
        sender = a_sender()
        message = {**MESSAGE, "recipient_count": 3}
        with contextlib.ExitStack() as opened:
            clients = [
                opened.enter_context(daemon.connect()) for _ in range(connections)
            ]
            for client in clients:
                for stage in ("DATA", "END-OF-MESSAGE", "END-OF-MESSAGE"):
                    action = client.ask(sender, protocol_state=stage, **message)
                    assert action == "DUNNO"

        assert used(daemon, sender) == (1, 3)
        assert rows(
            daemon, "SELECT rcpt_count FROM messages WHERE sender = ?", sender
        ) == [(3,)]

    def test_is_charged_once_across_a_crash(self, tmp_path: Path) -> None:
        """
        The daemon is killed between the two questions: the answer stands, and
        nothing is charged again.
        """
        daemon = PrivateDaemon(tmp_path, {"QUOTA": "2"})
        for stage in ("DATA", "END-OF-MESSAGE"):
            daemon.start()
            passes = {**MESSAGE, "protocol_state": stage}
            refused = {**passes, "instance": "5ca.1.1.1", "recipient_count": 3}
            assert daemon.ask("a@example.org", **passes) == "DUNNO"
            assert daemon.ask("b@example.org", **refused) == REFUSED
            daemon.stop(signal.SIGKILL)

        assert used(daemon, "a@example.org") == (1, 1)
        assert used(daemon, "b@example.org") == (1, 3)

    def test_recipients_added_after_a_refusal_are_charged(
        self, daemon: PrivateDaemon
    ) -> None:
        """
        A client may add recipients after its DATA was refused and send DATA
        again: they count, the message does not count twice.
        """
        sender = a_sender()
        set_quota(daemon, sender, 3)
        with daemon.connect() as client:
            for recipients in (5, 7, 7):
                message = {**MESSAGE, "recipient_count": recipients}
                assert client.ask(sender, **message) == REFUSED

        assert used(daemon, sender) == (1, 7)

    def test_of_another_sender_is_another(self, daemon: PrivateDaemon) -> None:
        """
        ``instance`` is unique per mail server only: what another sender's
        message was answered says nothing about this one.
        """
        one, other = a_sender(), a_sender()
        set_quota(daemon, other, 0)
        assert daemon.ask(one, **MESSAGE) == "DUNNO"
        assert daemon.ask(other, **MESSAGE) == REFUSED
        assert [used(daemon, one), used(daemon, other)] == [(1, 1), (1, 1)]


def test_a_reply_comes_after_its_charge(daemon: PrivateDaemon) -> None:
    """Whoever has the answer finds the message in the database."""
    sender = a_sender()
    with daemon.connect() as client:
        for number in range(1, 101):
            assert client.ask(sender) == "DUNNO"
            assert used(daemon, sender) == (number, number)


def test_an_operators_quota_takes_effect_at_once(daemon: PrivateDaemon) -> None:
    """
    Quota, quota_reset and quota_locked are edited with any SQL tool while the
    daemon runs: the next message is held against the new quota, and none of
    them is ever written over.
    """
    sender = a_sender()
    with daemon.connect() as client:
        assert client.ask(sender) == "DUNNO"
        for quota, action in ((1, REFUSED), (9, "DUNNO"), (0, REFUSED)):
            rows(
                daemon,
                "UPDATE ratelimits SET quota = ?, quota_reset = 77, quota_locked = 1"
                " WHERE sender = ?",
                *(quota, sender),
            )
            assert {client.ask(sender), client.ask(sender)} == {action}
            found = rows(
                daemon,
                "SELECT quota, quota_reset, quota_locked FROM ratelimits"
                " WHERE sender = ?",
                sender,
            )
            assert found == [(quota, 77, 1)]
