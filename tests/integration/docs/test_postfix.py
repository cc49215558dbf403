"""What the pages tell Postfix makes it ask."""

from __future__ import annotations

import shutil
import smtplib

from collections.abc import Iterator

import pytest

from tests.integration.docs.pages import Block, blocks, main_cf, master_cf
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.mailserver import PrivateMailServer


ALICE = "alice@example.org"

CHECKS = [
    block
    for block in blocks()
    if any("check_policy_service" in text for text in main_cf(block.text).values())
]
"""Pieces of ``main.cf``."""

OVERRIDES = [block for block in blocks() if "-o smtpd_data_restrictions" in block.text]
"""Pieces of ``master.cf``."""


def _once(found: list[Block]) -> list[Block]:
    """Return the first of those that say the same."""
    return list({str(main_cf(block.text)): block for block in reversed(found)}.values())


@pytest.fixture(scope="module")
def daemon(
    mailserver: PrivateMailServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateDaemon]:
    """
    A daemon that admits nothing, where the pages have it: on TCP and in
    Postfix's queue directory.
    """
    folder = mailserver.folder / "queue" / "rateguard"
    settings = {
        "QUOTA": "0",
        "SOCKET": f"127.0.0.1,0 {folder / 'policy'}",
        "SOCKET_GROUP": "postfix",
    }
    with PrivateDaemon(tmp_path_factory.mktemp("daemon"), settings) as daemon:
        yield daemon
    shutil.rmtree(folder)


def refused(
    mailserver: PrivateMailServer, daemon: PrivateDaemon, parameters: dict[str, str]
) -> bool:
    """Whether a service with these parameters asks the daemon about a message."""
    port = daemon.addresses[0].rpartition(",")[2]
    service = mailserver.submission(
        parameters={
            name: text.replace(":10033", f":{port}")
            for name, text in parameters.items()
        }
    )
    with service.session(ALICE) as client:
        try:
            client.sendmail(
                ALICE, ["b@example.net"], b"Subject: a test\r\n\r\nText\r\n"
            )
        except smtplib.SMTPDataError as error:
            return error.smtp_code == 450
    return False


class TestMainCf:
    @pytest.mark.parametrize("block", _once(CHECKS), ids=str)
    def test_has_messages_judged(
        self, mailserver: PrivateMailServer, daemon: PrivateDaemon, block: Block
    ) -> None:
        """As it stands; a list under a name of its own where it is used."""
        parameters = main_cf(block.text)
        lists = {"smtpd_data_restrictions", "smtpd_end_of_data_restrictions"}
        if not lists & set(parameters):
            (name,) = parameters
            parameters["smtpd_data_restrictions"] = f"${name}"

        assert refused(mailserver, daemon, parameters)


class TestMasterCf:
    @pytest.mark.parametrize("block", OVERRIDES, ids=str)
    def test_has_messages_judged(
        self, mailserver: PrivateMailServer, daemon: PrivateDaemon, block: Block
    ) -> None:
        """Each service of it, with the list that the same page has."""
        named: dict[str, str] = {}
        for check in CHECKS:
            if check.page == block.page:
                named |= main_cf(check.text)
        # The private Postfix has no certificate.
        asked = [
            refused(
                mailserver,
                daemon,
                named | {n: text for n, text in given.items() if "tls" not in n},
            )
            for given in master_cf(block.text).values()
        ]

        assert asked == [True] * len(asked) != []


class TestPages:
    def test_have_examples(self) -> None:
        """Which the tests above find: by TCP, by a UNIX socket, on single ports."""
        texts = "".join(block.text for block in CHECKS)

        assert "inet:127.0.0.1:10033" in texts
        assert "unix:rateguard/policy" in texts
        assert OVERRIDES

    def test_have_each_line_once(self) -> None:
        """On one page, to which the others lead."""
        assert {"postfix.md"} == {block.page for block in [*CHECKS, *OVERRIDES]}
