"""The whole way: a mail client, Postfix with Dovecot, RateGuard, a database."""

from __future__ import annotations

import smtplib
import sqlite3
import tempfile

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.mailserver import PrivateMailServer, Submission
from tests.integration.rigs.postfix import PolicyCheck


ALICE = "alice@example.org"
BOB = "bob@example.org"
MESSAGE = b"Subject: a test\r\n\r\nText\r\n"
REFUSED = (450, "4.7.1 <DATA>: Data command rejected: Rate limit reached, retry later.")


def recipients(count: int) -> list[str]:
    """Return that many addresses."""
    return [f"r{number}@example.net" for number in range(count)]


def send(client: smtplib.SMTP, count: int = 1) -> tuple[int, str] | None:
    """Send one message; return the refusal of its DATA, None if it was accepted."""
    try:
        client.sendmail(ALICE, recipients(count), MESSAGE)
    except smtplib.SMTPDataError as error:
        client.rset()
        text = error.smtp_error
        return error.smtp_code, text.decode() if isinstance(text, bytes) else text
    return None


def counters(daemon: PrivateDaemon, sender: str) -> tuple[int, int, int]:
    """Return messages and recipients of a sender, and its rows in the log."""
    with closing(sqlite3.connect(daemon.folder / "rateguard.db")) as database:
        query = "SELECT msg_counter, rcpt_counter FROM ratelimits WHERE sender = ?"
        messages, recipients = database.execute(query, (sender,)).fetchone()
        query = "SELECT COUNT(*) FROM messages WHERE sender = ?"
        return messages, recipients, database.execute(query, (sender,)).fetchone()[0]


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that Postfix may walk through, as it may not through tmp_path."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(params=["tcp", "unix"])
def guarded(
    request: pytest.FixtureRequest, mailserver: PrivateMailServer, shared: Path
) -> Iterator[tuple[PrivateDaemon, Submission]]:
    """
    A submission service that a daemon with a quota of 5 guards, by TCP and by
    a UNIX socket.
    """
    path = shared / "run" / "policy"
    settings = {"QUOTA": "5"}
    if request.param == "unix":
        settings |= {
            "SOCKET": str(path), "SOCKET_MODE": "0660", "SOCKET_GROUP": "postfix"
        }  # fmt: skip
    with PrivateDaemon(shared, settings) as daemon:
        yield daemon, mailserver.submission(data=[PolicyCheck(service_of(daemon))])


def service_of(daemon: PrivateDaemon) -> str:
    """Return how Postfix names the daemon's address."""
    address = daemon.addresses[0]
    kind = "unix" if address.startswith("/") else "inet"
    return f"{kind}:{address.replace(',', ':')}"


@contextmanager
def guarding(
    mailserver: PrivateMailServer, folder: Path, **places: str
) -> Iterator[tuple[PrivateDaemon, Submission]]:
    """Yield a daemon with a quota of 5 and a service that asks it at *places*."""
    with PrivateDaemon(folder, {"QUOTA": "5"}) as daemon:
        check = [PolicyCheck(service_of(daemon))]
        yield (
            daemon,
            mailserver.submission(
                data=check if "data" in places else [],
                end_of_data=check if "end_of_data" in places else [],
                recipient=check if "recipient" in places else [],
            ),
        )


class TestQuota:
    def test_runs_out_within_a_session(
        self, guarded: tuple[PrivateDaemon, Submission]
    ) -> None:
        """
        A quota of five admits five messages of one session, then each DATA is
        refused; other senders go on.
        """
        daemon, service = guarded
        with service.session(ALICE) as client:
            answers = [send(client) for _ in range(7)]
        with service.session(BOB) as client:
            other = send(client)

        assert answers == [None] * 5 + [REFUSED] * 2
        assert other is None
        assert counters(daemon, ALICE) == (7, 7, 7)

    def test_recipients_count(self, guarded: tuple[PrivateDaemon, Submission]) -> None:
        """
        A message with several recipients is charged all of them, over several
        sessions.
        """
        daemon, service = guarded
        answers = []
        for count in (2, 3, 1):
            with service.session(ALICE) as client:
                answers.append(send(client, count))

        assert answers == [None, None, REFUSED]
        assert counters(daemon, ALICE) == (3, 6, 3)

    def test_line_in_the_log(self, guarded: tuple[PrivateDaemon, Submission]) -> None:
        """The crossing message is logged under Postfix's queue id."""
        daemon, service = guarded
        with service.session(ALICE) as client:
            send(client, 6)
        until(lambda: "status=" in daemon.log())
        line = daemon.log().splitlines()[-1]
        queue_id = line.partition("WARNING ")[2].partition(":")[0]

        assert queue_id in service.log()
        assert f"sasl_method=PLAIN, sasl_username={ALICE}, from={ALICE}" in line
        assert line.endswith(
            "recipient_count=6, curr_count=6/5, status=BLOCKED (QUOTA_LIMIT_REACHED)"
        )


class TestOddInput:
    def test_long_helo(self, guarded: tuple[PrivateDaemon, Submission]) -> None:
        """A HELO name as long as Postfix takes hides nothing."""
        daemon, service = guarded
        with service.session(ALICE, helo="h" * 2000) as client:
            answers = [send(client, 5), send(client)]

        assert answers == [None, REFUSED]
        assert counters(daemon, ALICE) == (2, 6, 2)

    def test_spelling_of_the_login(
        self, guarded: tuple[PrivateDaemon, Submission]
    ) -> None:
        """Another spelling of the login shares the quota."""
        daemon, service = guarded
        with service.session("Alice@Example.ORG") as client:
            first = send(client, 5)
        with service.session(ALICE) as client:
            second = send(client)

        assert (first, second) == (None, REFUSED)
        assert counters(daemon, ALICE) == (2, 6, 2)


class TestCountedOnce:
    def test_data_and_end_of_message(
        self, mailserver: PrivateMailServer, shared: Path
    ) -> None:
        """Asked about at DATA and at the end, a message is charged once."""
        with guarding(mailserver, shared, data="", end_of_data="") as (
            daemon,
            service,
        ):
            with service.session(ALICE) as client:
                answers = [send(client) for _ in range(5)]
            assert answers == [None] * 5
            assert counters(daemon, ALICE) == (5, 5, 5)

    def test_end_of_message_alone(
        self, mailserver: PrivateMailServer, shared: Path
    ) -> None:
        """The end of the message is as good a place to ask as DATA."""
        with guarding(mailserver, shared, end_of_data="") as (daemon, service):
            with service.session(ALICE) as client:
                answers = [send(client, 5), send(client)]
            assert answers[0] is None
            assert answers[1] is not None
            assert answers[1][0] == REFUSED[0]
            assert counters(daemon, ALICE) == (2, 6, 2)

    def test_repeated_data(self, guarded: tuple[PrivateDaemon, Submission]) -> None:
        """
        DATA repeated after a refusal is the same message: refused again, and
        charged only for recipients added meanwhile.
        """
        daemon, service = guarded
        with service.session(ALICE) as client:
            client.mail(ALICE)
            for address in recipients(6):
                client.rcpt(address)
            first = client.docmd("DATA")
            again = client.docmd("DATA")
            client.rcpt("added@example.net")
            grown = client.docmd("DATA")

        assert [first[0], again[0], grown[0]] == [450] * 3
        assert counters(daemon, ALICE) == (1, 7, 1)

    def test_suspended_sender(self, guarded: tuple[PrivateDaemon, Submission]) -> None:
        """
        It is told what it is, also when the client repeats DATA, and what
        everybody is told once it is released.
        """
        daemon, service = guarded
        assert (
            daemon.run("sender", "set", ALICE, "--create", "--quota", "5").returncode
            == 0
        )
        assert daemon.run("sender", "suspend", ALICE).returncode == 0
        with service.session(ALICE) as client:
            client.mail(ALICE)
            client.rcpt("r@example.net")
            first, again = client.docmd("DATA"), client.docmd("DATA")
            assert daemon.run("sender", "release", ALICE).returncode == 0
            released = client.docmd("DATA")

        told = "4.7.1 <DATA>: Data command rejected: Sending from this account is"
        assert first == again
        assert (450, f"{told} suspended; contact your provider.") == (
            first[0],
            first[1].decode(),
        )
        assert released == (REFUSED[0], REFUSED[1].encode())

    def test_recipient_stage(self, mailserver: PrivateMailServer, shared: Path) -> None:
        """At RCPT nothing is counted, and the log says where to ask instead."""
        with guarding(mailserver, shared, recipient="") as (daemon, service):
            with service.session(ALICE) as client:
                answers = [send(client) for _ in range(7)]
            assert answers == [None] * 7
            until(lambda: "smtpd_data_restrictions" in daemon.log())
            daemon.stop()
            assert daemon.log().count("smtpd_data_restrictions") == 1


class TestHarmless:
    def test_stopped_daemon(self, guarded: tuple[PrivateDaemon, Submission]) -> None:
        """With the daemon stopped mail flows, also of a session in progress."""
        daemon, service = guarded
        with service.session(ALICE) as client:
            before = send(client, 6)
            daemon.stop()
            after = send(client)

        assert (before, after) == (REFUSED, None)

    def test_restarted_daemon(
        self, mailserver: PrivateMailServer, shared: Path
    ) -> None:
        """A session in progress is counted on by the daemon's successor."""
        path = shared / "policy"
        settings = {"QUOTA": "5", "SOCKET": str(path), "SOCKET_MODE": "0666"}
        service = mailserver.submission(data=[PolicyCheck(f"unix:{path}")])
        with (
            PrivateDaemon(shared, settings) as daemon,
            service.session(ALICE) as client,
        ):
            first = send(client, 5)
            daemon.stop()
            daemon.start()
            second = send(client)

            assert (first, second) == (None, REFUSED)
            assert counters(daemon, ALICE) == (2, 6, 2)
