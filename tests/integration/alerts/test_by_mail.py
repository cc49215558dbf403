"""Crossings told by mail, through the running daemon."""

from __future__ import annotations

from pathlib import Path

from tests.integration.daemons import serving, used
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.smtp import SmtpReceiver


def mailing(server: SmtpReceiver, **settings: str) -> dict[str, str]:
    """Return settings with which the third message of a sender crosses."""
    return {
        "QUOTA": "2",
        "MAIL_ENABLED": "true",
        "MAIL_HOST": "127.0.0.1",
        "MAIL_PORT": str(server.port),
        "MAIL_FROM": "rateguard@example.org",
        "MAIL_TO": "postmaster@example.org, abuse@example.org",
        **settings,
    }


def test_operators_and_the_sender_are_told(tmp_path: Path) -> None:
    """
    With the facts of the running daemon: count, quota, queue ids and client
    addresses of the messages before.
    """
    with (
        SmtpReceiver() as server,
        serving(tmp_path, **mailing(server, MAIL_TO_SENDER="yes")) as daemon,
    ):
        for queue_id in ("4Q7KcB1", "4Q7KcB2", "4Q7KcB3"):
            daemon.ask(
                "anna@example.org", queue_id=queue_id, client_address="192.0.2.77"
            )
        until(lambda: len(server.mails) == 2)

        told = {tuple(mail.recipients): mail for mail in server.mails}
        operators = told["postmaster@example.org", "abuse@example.org"]
        assert ("anna@example.org",) in told
        assert {mail.sender for mail in server.mails} <= {"<>", ""}
        for fact in (
            "anna@example.org",
            "4Q7KcB1",
            "4Q7KcB3",
            "192.0.2.77",
            "rateguard sender suspend anna@example.org",
            # Those that were accepted, for postsuper.
            "<<END\n4Q7KcB2\n4Q7KcB1\nEND\n",
        ):
            assert fact in operators.text.replace("\r\n", "\n")


def test_our_own_mail_is_counted_against_nobody(tmp_path: Path) -> None:
    """
    A mail server that is itself guarded asks about our mail: MAIL_USER with
    the null sender passes and is not charged, its other mail is.
    """
    with (
        SmtpReceiver() as server,
        serving(
            tmp_path,
            **mailing(server, MAIL_USER="Alerts@example.org", MAIL_PASSWORD="x"),
        ) as daemon,
    ):
        for _ in range(5):
            assert daemon.ask("alerts@example.org", sender="") == "DUNNO"
        assert used(daemon, "alerts@example.org") == (0, 0)

        daemon.ask("alerts@example.org", sender="alerts@example.org")
        assert used(daemon, "alerts@example.org") == (1, 1)


def test_a_broken_template_is_a_wrong_setting(tmp_path: Path) -> None:
    """The daemon says which file and what, exits 2, and starts nothing."""
    (tmp_path / "quota_reached.txt").write_text("Subject: {{ nonsense }}\n\nx\n")
    with SmtpReceiver() as server:
        settings = mailing(server, MAIL_TEMPLATES=str(tmp_path))
        refused = PrivateDaemon(tmp_path, settings).run("serve")

    assert refused.returncode == 2
    assert refused.stderr.startswith("rateguard: MAIL_TEMPLATES: ")
    assert "quota_reached.txt" in refused.stderr
    assert "nonsense" in refused.stderr
