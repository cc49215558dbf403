"""Whom the running daemon limits, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemons import (
    REFUSED,
    a_sender,
    lines,
    rows,
    serving,
    set_quota,
    used,
)
from tests.integration.rigs.daemon import PrivateDaemon, request, until


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDaemon]:
    with serving(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


def test_words_may_be_chosen(tmp_path: Path) -> None:
    """
    ACTION_ACCEPTED says what a sender within quota is answered,
    ACTION_TEXT_BLOCKED what one above it reads. QUOTA admits exactly as
    many.
    """
    words = {"ACTION_ACCEPTED": "OK", "ACTION_TEXT_BLOCKED": "Später wieder."}
    with (
        serving(tmp_path, **words, QUOTA="2") as daemon,
        daemon.connect() as client,
    ):
        actions = [client.ask("a@example.org") for _ in range(4)]
        nobody = client.ask("")

    assert actions == ["OK", "OK", *["DEFER_IF_PERMIT Später wieder."] * 2]
    assert nobody == "DUNNO"


class TestWhoIsLimited:
    def test_others_touch_no_database(self, tmp_path: Path) -> None:
        """
        Requests without sasl_username pass, and whether there is a database
        is none of their business.
        """
        nowhere = {"DB_DATABASE": str(tmp_path / "no" / "such" / "folder")}
        with PrivateDaemon(tmp_path, nowhere) as daemon:
            assert daemon.ask("") == "DUNNO"
            assert daemon.ask("", recipient_count=5, sender="a@example.org") == "DUNNO"
            # A line that is logged after theirs would be.
            with daemon.connect() as client:
                client.send(b"half a request")
            until(lambda: lines(daemon, "hung up in the middle"))
            assert not lines(daemon, "mail passes uncounted")
            assert daemon.ask("a@example.org") == "DUNNO"
            until(lambda: lines(daemon, "mail passes uncounted"))

    def test_rcpt_is_not_counted_and_warned_about_once(self, tmp_path: Path) -> None:
        """
        The service listed under smtpd_recipient_restrictions counts nothing;
        the log says once where it belongs.
        """
        with serving(tmp_path) as daemon:
            assert daemon.ask("", protocol_state="RCPT") == "DUNNO"
            for stage in ("RCPT", "RCPT", "VRFY", "RCPT"):
                assert daemon.ask("a@example.org", protocol_state=stage) == "DUNNO"
            assert used(daemon, "a@example.org") == (0, 0)
            daemon.ask("a@example.org")
            until(lambda: lines(daemon, "status=ACCEPTED"))

            (warning,) = lines(daemon, "WARNING")
            assert "'RCPT'" in warning
            assert "smtpd_data_restrictions" in warning

    def test_length_is_no_way_round(self, daemon: PrivateDaemon) -> None:
        """
        A HELO name, an address and a login as long as Postfix lets them be:
        the sender is limited like any other, under a name that fits.
        """
        login = a_sender() + "x" * 12_000
        long = {"helo_name": "h" * 2000, "sender": "s" * 2000, "recipient": "r" * 2000}
        first = {"queue_id": a_sender(), **long}
        assert daemon.ask(login, **first) == "DUNNO"
        query = "SELECT sender, from_addr FROM messages WHERE msgid = ?"
        ((sender, address),) = rows(daemon, query, first["queue_id"])
        assert (len(sender), len(address)) == (255, 255)
        assert login.startswith(sender[:200])
        set_quota(daemon, sender, 1)

        assert daemon.ask(login, **long) == REFUSED
        assert daemon.ask(login[:-1] + "y", **long) == "DUNNO"
        assert used(daemon, sender) == (2, 2)

    def test_bytes_are_no_way_round(self, daemon: PrivateDaemon) -> None:
        """A login that is not UTF-8 is limited like any other."""
        name = a_sender()
        data = request(name).replace(name.encode(), b"j\xf6rg." + name.encode())
        key = rf"j\xf6rg.{name}"
        set_quota(daemon, key, 1)
        with daemon.connect() as client:
            client.send(data * 2)
            assert [client.reply(), client.reply()] == ["DUNNO", REFUSED]

        assert used(daemon, key) == (2, 2)
