"""What ``postconf`` prints."""

from __future__ import annotations

import pytest

from rateguard.entrypoints.cli.doctor.main_cf import (
    MailServer,
    Smtpd,
    mail_server,
)


# As Postfix 3.7 prints it.
PARAMETERS = """\
compatibility_level = 3.6
default_process_limit = 100
mua_list = permit_sasl_authenticated, reject
queue_directory = /var/spool/postfix
smtpd_data_restrictions = reject_unauth_pipelining, $mua_list
smtpd_restriction_classes =
smtpd_sasl_auth_enable = no
"""
SERVICES = """\
smtp       inet  n       -       y       -       -       smtpd
submission inet  n       -       -       -       7       smtpd -o {a=b, c} -o d=e
127.0.0.1:10025 inet n   -       n       -       0       smtpd -o content_filter=
qmgr       unix  n       -       n       300     1       qmgr
smtpd      pass  -       -       n       -       -       smtpd
"""
OVERRIDES = """\
submission/inet/smtpd_sasl_auth_enable = yes
submission/inet/smtpd_data_restrictions = check_policy_service { unix:a, timeout=5s }
127.0.0.1:10025/inet/smtpd_sasl_auth_enable = yes
127.0.0.1:10025/inet/content_filter =
"""
COMPLAINTS = """\
postconf: warning: /etc/postfix/main.cf: unused parameter: smtpd_date_restrictions=x
postconf: warning: /etc/postfix/main.cf: unused parameter: other=
postconf: warning: something else
"""


def server(**texts: str) -> MailServer:
    """Return what that means, or other texts."""
    every = {
        "parameters": PARAMETERS,
        "services": SERVICES,
        "overrides": OVERRIDES,
        **texts,
    }
    return mail_server(**every)


def service(name: str, **texts: str) -> Smtpd:
    """Return one of the services."""
    (found,) = (each for each in server(**texts).services if each.name == name)
    return found


class TestServices:
    def test_are_those_of_smtpd(self) -> None:
        """All that run smtpd, whatever their names; nothing else."""
        names = ["smtp/inet", "submission/inet", "127.0.0.1:10025/inet", "smtpd/pass"]

        assert names == [each.name for each in server().services]

    def test_have_as_many_processes_as_they_may(self) -> None:
        """A dash is the default; 0 is without limit."""
        assert [100, 7, 0, 100] == [each.processes for each in server().services]

    @pytest.mark.parametrize(
        ("level", "chrooted"), [("0", True), ("", True), ("1", False), ("3.6", False)]
    )
    def test_with_a_dash_are_chrooted_of_old(
        self, level: str, *, chrooted: bool
    ) -> None:
        """A dash meant a chroot until compatibility_level 1."""
        parameters = f"compatibility_level = {level}\n"

        assert chrooted == service("submission/inet", parameters=parameters).chrooted
        assert service("smtp/inet", parameters=parameters).chrooted

    @pytest.mark.parametrize(
        ("name", "option", "back"),
        [
            ("127.0.0.1:10025", "content_filter =", True),
            ("[::1]:10025", "content_filter =", True),
            ("localhost:10025", "content_filter =", True),
            ("127.0.0.1:10025", "content_filter = smtp:[127.0.0.1]:10024", False),
            ("127.0.0.1:587", "syslog_name = x", False),
            ("192.0.2.1:25", "content_filter =", False),
            ("smtp", "content_filter =", False),
        ],
    )
    def test_that_take_mail_back(self, name: str, option: str, *, back: bool) -> None:
        """From a filter of this machine: nobody logs in there."""
        found = service(
            f"{name}/inet",
            services=f"{name} inet n - n - - smtpd",
            overrides=f"{name}/inet/{option}",
        )

        assert back == found.takes_back

    def test_with_login(self) -> None:
        """Only where it is on, and not behind a filter."""
        assert ["submission/inet"] == [each.name for each in server().authenticating]


class TestValues:
    def test_of_a_service_come_before_those_of_all(self) -> None:
        """What ``-o`` sets replaces what ``main.cf`` has."""
        found = server()
        (submission,) = found.authenticating

        assert ["check_policy_service", "{ unix:a, timeout=5s }"] == (
            found.restrictions("smtpd_data_restrictions", submission)
        )

    def test_are_filled_in(self) -> None:
        """With what they refer to."""
        words = ["reject_unauth_pipelining", "permit_sasl_authenticated", "reject"]

        assert words == server().restrictions("smtpd_data_restrictions")

    def test_that_are_not_there(self) -> None:
        """Are empty."""
        assert ("", []) == (server().value("x"), server().restrictions("x"))

    def test_that_nothing_reads(self) -> None:
        """Are known from what postconf complains of, once each."""
        found = server(complaints=COMPLAINTS * 3)

        assert ("smtpd_date_restrictions", "other") == found.unused
