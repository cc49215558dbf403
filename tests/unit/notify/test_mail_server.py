"""When nothing is said without TLS."""

from __future__ import annotations

import pytest

from rateguard.adapters.notify.mail.server import MailServer, Reply


class TestTls:
    @pytest.mark.parametrize(
        ("starttls", "user", "peer", "insists"),
        [
            (False, "", "192.0.2.1", False),
            (False, "a", "192.0.2.1", True),
            (False, "a", "2001:db8::1", True),
            (False, "a", "fe80::1%eth0", True),
            (False, "a", "127.0.0.1", False),
            (False, "a", "127.8.8.8", False),
            (False, "a", "::1", False),
            (True, "", "192.0.2.1", True),
            (True, "a", "127.0.0.1", True),
        ],
    )
    def test_is_insisted_on_for_passwords(
        self, *, starttls: bool, user: str, peer: str, insists: bool
    ) -> None:
        """
        Unless the server is on this very machine, whatever its name is; and
        always when it is wanted.
        """
        server = MailServer("mail", 25, starttls=starttls, user=user)

        assert insists == server.insists_on_tls(peer)

    @pytest.mark.parametrize(("port", "implicit"), [(465, True), (587, False)])
    def test_begins_at_once_at_port_465(self, port: int, *, implicit: bool) -> None:
        """RFC 8314, 7.3."""
        assert implicit == MailServer("mail", port).implicit_tls


class TestNames:
    def test_of_a_server_has_its_port(self) -> None:
        """An IPv6 address in brackets."""
        assert "mail:25" == str(MailServer("mail", 25))
        assert "[::1]:25" == str(MailServer("::1", 25))

    def test_of_a_password_is_none(self) -> None:
        """It is not shown with the rest."""
        assert "hunter2" not in repr(MailServer("mail", 25, password="hunter2"))


class TestReply:
    @pytest.mark.parametrize(
        ("code", "accepted", "permanent"),
        [(199, False, False), (200, True, False), (250, True, False),
         (299, True, False), (354, False, False), (421, False, False),
         (499, False, False), (500, False, True), (599, False, True),
         (600, False, False), (-1, False, False)],
    )  # fmt: skip
    def test_is_a_yes_a_no_or_a_later(
        self, code: int, *, accepted: bool, permanent: bool
    ) -> None:
        """By its first digit."""
        reply = Reply(code, "")

        assert (accepted, permanent) == (reply.accepted, reply.permanent)

    def test_is_shown_on_one_line(self) -> None:
        """Of several lines, what strangers wrote escaped, and not all of it."""
        server = MailServer("mail", 25)

        assert "550 No \\x1b such" == str(server.reply(550, b"No\n\x1b such"))
        assert len(str(server.reply(550, b"x" * 9999))) < 300
