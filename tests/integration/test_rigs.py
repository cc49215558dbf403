"""The private servers keep what they promise, before anything is built on them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from contextlib import closing, suppress
from pathlib import Path
from smtplib import SMTPDataError
from typing import TYPE_CHECKING

import pymysql
import pytest

from tests.integration.rigs import free_port, wait_until
from tests.integration.rigs.mailserver import PrivateMailServer, Submission
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.policy_stub import PolicyStub
from tests.integration.rigs.postfix import PolicyCheck
from tests.integration.rigs.requirements import (
    REQUIRE_VARIABLE,
    missing_for_mysql,
    missing_for_postfix,
    require,
)


if TYPE_CHECKING:
    from collections.abc import Iterator

ALICE = "alice@example.org"
TWO = ["one@example.net", "two@example.net"]
MESSAGE = b"Subject: a test\r\n\r\nText\r\n"
_STARTS_AND_WAITS = f"""
import time
from tests.integration.rigs.mailserver import PrivateMailServer
with PrivateMailServer({{"{ALICE}": "x"}}) as mailserver:
    with mailserver.submission().session("{ALICE}") as client:
        print("ready", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def stub() -> Iterator[PolicyStub]:
    """A policy service that says DUNNO unless told otherwise."""
    with PolicyStub() as stub:
        yield stub


def send(service: Submission, *, user: str = ALICE) -> None:
    """Send one message to two recipients."""
    with service.session(user) as client:
        assert client.sendmail(ALICE, TWO, MESSAGE) == {}


def processes_in(folder: str) -> set[str]:
    """Return the ids of the processes that work in a folder or below."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # it has ended, or is a zombie
            if str(link.readlink()).startswith(f"{folder}/"):
                found.add(link.parent.name)
    return found


class TestRequire:
    def test_nothing_is_missing(self) -> None:
        """The test goes on."""
        require("mysql", None)

    def test_missing_is_skipped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The test is skipped with the line that installs what it needs."""
        monkeypatch.setenv(REQUIRE_VARIABLE, "postfix")

        with pytest.raises(pytest.skip.Exception, match="apt-get install x"):
            require("mysql", "x not found: apt-get install x")

    def test_missing_fails_where_required(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A machine that is meant to have it cannot skip by accident."""
        monkeypatch.setenv(REQUIRE_VARIABLE, "postfix, mysql")

        with pytest.raises(pytest.fail.Exception, match="apt-get install x"):
            require("mysql", "x not found: apt-get install x")


class TestLeavesNothing:
    @pytest.fixture
    def folder(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """Where the rigs of the test make their folders."""
        require("mysql", missing_for_mysql())
        require("postfix", missing_for_postfix())
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o755)
            monkeypatch.setattr(tempfile, "tempdir", folder)
            yield folder

    @pytest.mark.long
    def test_after_use(self, folder: str) -> None:
        """A with block leaves neither processes nor files."""
        with PrivateMariaDb() as mariadb, PrivateMailServer({ALICE: "x"}) as mailserver:
            with mailserver.submission().session(ALICE) as client:
                client.sendmail(ALICE, TWO, MESSAGE)
                assert len(processes_in(folder)) >= 6
            mariadb.pause()

        assert processes_in(folder) == set()
        assert list(Path(folder).iterdir()) == []

    @pytest.mark.long
    def test_after_a_killed_test_process(self, folder: str) -> None:
        """Where no test can clean up any more, a watcher ends the servers."""
        with subprocess.Popen(
            [sys.executable, "-c", _STARTS_AND_WAITS],
            env={
                **os.environ,
                "TMPDIR": folder,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            stdout=subprocess.PIPE,
        ) as victim:
            assert victim.stdout
            assert victim.stdout.readline() == b"ready\n"
            assert len(processes_in(folder)) >= 6
            victim.kill()

        wait_until(lambda: not processes_in(folder), "the servers end", seconds=5)


class TestMailServer:
    def test_data_is_asked_once_with_all_recipients(
        self, mailserver: PrivateMailServer, stub: PolicyStub
    ) -> None:
        """A mail to two recipients is one request at DATA."""
        send(mailserver.submission(data=[PolicyCheck(stub.service)]))

        (request,) = stub.requests
        assert request["protocol_state"] == "DATA"
        assert request["recipient_count"] == "2"
        assert request["recipient"] == ""
        assert request["sasl_username"] == ALICE
        assert request["sasl_method"] == "PLAIN"

    def test_deferral_reaches_the_client(
        self, mailserver: PrivateMailServer, stub: PolicyStub
    ) -> None:
        """DEFER_IF_PERMIT's text is in the reply to DATA; the next mail passes."""
        stub.replies.append("DEFER_IF_PERMIT Slow down")
        service = mailserver.submission(data=[PolicyCheck(stub.service)])

        with service.session(ALICE) as client:
            with pytest.raises(SMTPDataError) as caught:
                client.sendmail(ALICE, TWO, MESSAGE)
            client.rset()  # smtplib leaves the transaction open
            client.sendmail(ALICE, TWO, MESSAGE)

        expected = b"4.7.1 <DATA>: Data command rejected: Slow down"
        assert (450, expected) == caught.value.args
        assert len(stub.requests) == 2

    def test_mail_flows_when_nobody_answers(
        self, mailserver: PrivateMailServer
    ) -> None:
        """``default_action=DUNNO`` is in effect, and the log says what happened."""
        port = free_port()
        service = mailserver.submission(data=[PolicyCheck(f"inet:127.0.0.1:{port}")])

        send(service)

        service.wait_for_log(f"problem talking to server 127.0.0.1:{port}")

    def test_check_has_its_own_timeout_and_default_action(
        self, mailserver: PrivateMailServer
    ) -> None:
        """A service that is away rejects where the test wants it so."""
        check = PolicyCheck(
            f"inet:127.0.0.1:{free_port()}",
            timeout="1s",
            default_action="421 4.3.0 away",
            more={"try_limit": "1"},
        )

        with mailserver.submission(data=[check]).session(ALICE) as client:
            client.mail(ALICE)
            client.rcpt(TWO[0])
            code, text = client.docmd("DATA")

        assert (code, text.endswith(b"away")) == (421, True)

    def test_stages_and_a_check_listed_twice(
        self, mailserver: PrivateMailServer, stub: PolicyStub
    ) -> None:
        """A service may ask at every stage; one message has one instance."""
        check = PolicyCheck(stub.service)
        service = mailserver.submission(
            recipient=[check],
            data=["reject_unauth_pipelining", check, check],
            end_of_data=[check],
        )

        send(service)

        expected = ["RCPT", "RCPT", "DATA", "DATA", "END-OF-MESSAGE"]
        assert expected == [request["protocol_state"] for request in stub.requests]
        assert len({request["instance"] for request in stub.requests}) == 1
        assert len({request.connection for request in stub.requests}) == 1

    def test_lost_reply_is_asked_again_on_a_new_connection(
        self, mailserver: PrivateMailServer, stub: PolicyStub
    ) -> None:
        """The stub can hang up without a word, and Postfix repeats itself."""
        stub.replies.append(None)

        send(mailserver.submission(data=[PolicyCheck(stub.service)]))

        first, second = stub.requests
        assert first.attributes == second.attributes
        assert (first.connection, second.connection) == (1, 2)

    def test_unix_socket(self, mailserver: PrivateMailServer) -> None:
        """The policy service may listen on a UNIX socket that postfix can reach."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            with PolicyStub(path=Path(folder, "policy")) as stub:
                send(mailserver.submission(data=[PolicyCheck(stub.service)]))
                assert len(stub.requests) == 1

    def test_session_goes_on_while_services_are_added(
        self, mailserver: PrivateMailServer, stub: PolicyStub
    ) -> None:
        """Adding a service neither ends a session nor changes its settings."""
        service = mailserver.submission(data=[PolicyCheck(stub.service)])

        with service.session(ALICE) as client:
            client.sendmail(ALICE, TWO, MESSAGE)
            mailserver.submission()
            client.sendmail(ALICE, TWO, MESSAGE)

        assert len(stub.requests) == 2

    @pytest.mark.parametrize(
        "user",
        ["Alice@Example.ORG", "jörg@example.org", "l" * 3000 + "@example.org"],
        ids=["capitals", "umlaut", "long"],
    )
    def test_user_name_arrives_as_written(
        self, mailserver: PrivateMailServer, stub: PolicyStub, user: str
    ) -> None:
        """Neither Dovecot nor Postfix changes a login's case, bytes or length."""
        send(mailserver.submission(data=[PolicyCheck(stub.service)]), user=user)

        assert [user] == [request["sasl_username"] for request in stub.requests]

    def test_unauthenticated_client(
        self, mailserver: PrivateMailServer, stub: PolicyStub
    ) -> None:
        """Without a login mail is refused, unless the test allows it."""
        check = PolicyCheck(stub.service)
        with mailserver.submission(data=[check]).visit() as client:
            client.mail(ALICE)
            assert client.rcpt(TWO[0])[0] == 554

        trust = {
            "mynetworks": "127.0.0.0/8",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
        }
        with mailserver.submission(data=[check], parameters=trust).visit() as client:
            client.sendmail(ALICE, TWO, MESSAGE)

        assert [request["sasl_username"] for request in stub.requests] == [""]

    @pytest.mark.parametrize(("sent", "arrived"), [(2043, 2043), (3000, 2043)])
    def test_long_helo_name(
        self, mailserver: PrivateMailServer, stub: PolicyStub, sent: int, arrived: int
    ) -> None:
        """A HELO name near 2048 bytes, where Postfix cuts, does not hide the user."""
        service = mailserver.submission(data=[PolicyCheck(stub.service)])

        with service.session(ALICE, helo="h" * sent) as client:
            client.sendmail(ALICE, TWO, MESSAGE)

        (request,) = stub.requests
        assert request["helo_name"] == "h" * arrived
        assert request["sasl_username"] == ALICE


class TestMariaDb:
    @pytest.fixture
    def database(self, mariadb: PrivateMariaDb) -> Iterator[str]:
        """An empty database."""
        name = mariadb.create_database()
        yield name
        mariadb.drop_database(name)

    def connect(
        self, server: PrivateMariaDb, database: str
    ) -> pymysql.Connection[pymysql.cursors.Cursor]:
        """Log in by TCP."""
        return pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.user,
            password=server.password,
            database=database,
            autocommit=True,
            connect_timeout=1,
            read_timeout=1,
        )

    def test_login_owns_a_fresh_database(
        self, mariadb: PrivateMariaDb, database: str
    ) -> None:
        """It is empty and utf8mb4, and the login may do everything there."""
        with (
            self.connect(mariadb, database) as connection,
            connection.cursor() as cursor,
        ):
            assert cursor.execute("SHOW TABLES") == 0
            cursor.execute("CREATE TABLE t (c VARCHAR(9))")
            cursor.execute("INSERT INTO t VALUES ('\N{SMILING FACE WITH HORNS}')")
            cursor.execute("SELECT c, @@character_set_database FROM t")
            row = cursor.fetchone()

        assert row == ("\N{SMILING FACE WITH HORNS}", "utf8mb4")

    def test_socket_login(self, mariadb: PrivateMariaDb, database: str) -> None:
        """The same login works on the UNIX socket."""
        with pymysql.connect(
            unix_socket=str(mariadb.socket),
            user=mariadb.user,
            password=mariadb.password,
            database=database,
        ) as connection:
            connection.ping(reconnect=False)

    def test_durable(self, mariadb: PrivateMariaDb) -> None:
        """A commit is on the disk."""
        assert mariadb.execute("SELECT @@innodb_flush_log_at_trx_commit") == [(1,)]

    def test_pause(self, mariadb: PrivateMariaDb, database: str) -> None:
        """A paused server says nothing, and goes on afterwards."""
        with mariadb.paused(), pytest.raises(pymysql.err.OperationalError):
            self.connect(mariadb, database)

        self.connect(mariadb, database).close()

    def test_kill_connections(self, mariadb: PrivateMariaDb, database: str) -> None:
        """Those of the login are gone when it returns."""
        with closing(self.connect(mariadb, database)) as connection:
            assert mariadb.kill_connections() >= 1
            assert set() == mariadb.connections()
            with pytest.raises(pymysql.err.OperationalError):
                connection.ping(reconnect=False)

    @pytest.mark.parametrize("ending", ["stop", "crash"])
    def test_start_again(
        self, mariadb: PrivateMariaDb, database: str, ending: str
    ) -> None:
        """A stopped server refuses; started again, it has port and data."""
        mariadb.execute(f"CREATE TABLE {database}.t (c INT)")
        getattr(mariadb, ending)()
        try:
            with pytest.raises(
                pymysql.err.OperationalError, match="Connection refused"
            ):
                self.connect(mariadb, database)
        finally:
            mariadb.start()

        with (
            self.connect(mariadb, database) as connection,
            connection.cursor() as cursor,
        ):
            assert cursor.execute("SHOW TABLES") == 1
