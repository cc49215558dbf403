"""What the doctor says of Postfix, held against what Postfix does."""

from __future__ import annotations

import json
import shutil

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from smtplib import SMTPDataError

from click.testing import CliRunner

from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.container import session
from tests.integration.daemons import serving, used
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mailserver import PrivateMailServer


ALICE = "alice@example.org"
MESSAGE = b"Subject: a test\r\n\r\nText\r\n"
DATA = "smtpd_data_restrictions"
END = "smtpd_end_of_data_restrictions"
RECIPIENT = "smtpd_recipient_restrictions"

CHECK = "check_policy_service {{ inet:{address}, timeout=10s, default_action=DUNNO }}"
CASES: tuple[tuple[bool, Mapping[str, str]], ...] = (
    (True, {DATA: f"reject_unauth_pipelining, {CHECK}, permit"}),
    (True, {DATA: "permit", END: CHECK}),
    (False, {DATA: f"permit_sasl_authenticated, {CHECK}"}),
    (False, {RECIPIENT: f"{CHECK}, permit"}),
    (True, {"smtpd_restriction_classes": "ours", "ours": CHECK, DATA: "ours"}),
    (
        False,
        {"smtpd_restriction_classes": "all", "all": "permit", DATA: f"all {CHECK}"},
    ),
    (True, {"yes": "1", "ask": CHECK, DATA: "${{yes?{{$ask}}:{{reject}}}}"}),
)
"""Whether a mail is counted, by what an SMTP service is set to."""


def is_counted(
    daemon: PrivateDaemon, server: PrivateMailServer, parameters: Mapping[str, str]
) -> tuple[bool, int]:
    """
    Return whether a mail through a service with these parameters is counted,
    and the port of the service.
    """
    service = server.submission(parameters=parameters)
    before = used(daemon, ALICE)
    with service.session(ALICE) as client:
        client.mail(ALICE)
        client.rcpt("r@example.net")
        with suppress(SMTPDataError):
            client.data(MESSAGE)
    return used(daemon, ALICE) != before, service.port


def is_well(
    daemon: PrivateDaemon, configuration: Path, folder: Path, port: int
) -> bool:
    """Return what the doctor says of that service alone."""
    shutil.copytree(configuration, folder, dirs_exist_ok=True)
    rows = (folder / "master.cf").read_text().split("\n127.0.0.1:")
    own = [f"127.0.0.1:{row}\n" for row in rows[1:] if row.startswith(f"{port} ")]
    (folder / "master.cf").write_text("".join(own))
    settings = {**daemon.settings, "SOCKET": daemon.addresses[0]}
    settings["DB_DATABASE"] = str(daemon.folder / "rateguard.db")
    words = ["doctor", "--json", "--postfix-config", str(folder)]
    done = CliRunner().invoke(main, words, env=settings, obj=session())
    document = json.loads(done.stdout)
    assert {each["check"] for each in document["findings"]} <= {
        *("Postfix: check", "Postfix: default action", "Postfix: timeout")
    }
    return all(each["check"] != "Postfix: check" for each in document["findings"])


def test_what_is_well_is_counted(tmp_path: Path, mailserver: PrivateMailServer) -> None:
    """
    With the same configuration, Postfix has a mail counted exactly if the
    doctor finds nothing wrong with where it asks.
    """
    configuration = mailserver.folder / "postfix"
    with serving(tmp_path) as daemon:
        address = daemon.addresses[0].replace(",", ":")
        for number, (expected, case) in enumerate(CASES):
            parameters = {
                name: text.format(address=address) for name, text in case.items()
            }
            counted, port = is_counted(daemon, mailserver, parameters)
            well = is_well(daemon, configuration, tmp_path / str(number), port)
            assert (expected, expected) == (counted, well), case
