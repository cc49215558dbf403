"""Where Postfix asks, and whether that is us."""

from __future__ import annotations

import datetime as dt
import shlex

from pathlib import Path

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.cli.doctor.main_cf import MailServer, Smtpd
from rateguard.entrypoints.cli.doctor.postfix import (
    Postfix,
    name_for,
    place_of,
    reaches,
)
from rateguard.entrypoints.settings.addresses import (
    Address,
    TcpAddress,
    UnixAddress,
    addresses,
)


QUEUE = "/queue"
OURS = [
    *("127.0.0.1,10033", "0.0.0.0,10033", "[::1],10033", "[::],10033"),
    *("localhost,10033", "192.0.2.1,10033", "guard.example,10033"),
    *("/queue/rateguard/policy", "/queue/p", "/run/rateguard/policy"),
]


def unix(path: str) -> UnixAddress:
    """Return a path as an address."""
    return UnixAddress(Path(path))


class TestPlace:
    @pytest.mark.parametrize(
        ("written", "free", "locked"),
        [
            ("unix:rateguard/p", "/queue/rateguard/p", "/queue/rateguard/p"),
            ("unix:/run/p", "/run/p", "/queue/run/p"),
            ("unix:/queue/p", "/queue/p", "/queue/queue/p"),
            ("unix:a/../p", "/queue/p", "/queue/p"),
        ],
    )
    def test_of_a_path(self, written: str, free: str, locked: str) -> None:
        """Relative to the queue, and all of it in there with a chroot."""
        assert unix(free) == place_of(written, queue=QUEUE, chrooted=False)
        assert unix(locked) == place_of(written, queue=QUEUE, chrooted=True)

    @pytest.mark.parametrize(
        ("written", "place"),
        [
            ("inet:127.0.0.1:1", TcpAddress("127.0.0.1", 1)),
            ("inet:[::1]:1", TcpAddress("::1", 1)),
            ("inet:guard.example:1", TcpAddress("guard.example", 1)),
            ("inet:1", TcpAddress("", 1)),
            ("inet:localhost:smtp", TcpAddress("localhost", 25)),
            ("inet:localhost:no-such-service", None),
            ("127.0.0.1:1", None),
            ("", None),
        ],
    )
    def test_of_a_port(self, written: str, place: Address | None) -> None:
        """With or without a host; None for what Postfix would refuse."""
        assert place == place_of(written, queue=QUEUE, chrooted=True)


class TestName:
    @given(st.sampled_from(OURS), st.booleans())
    def test_reaches_us(self, text: str, chrooted: bool) -> None:
        """What we tell to write into ``main.cf`` comes to us."""
        (ours,) = addresses(text)
        name = name_for(ours, queue=QUEUE, chrooted=chrooted)

        if name is None:
            assert chrooted
            assert text.startswith("/run/")
            return
        place = place_of(name, queue=QUEUE, chrooted=chrooted)
        assert reaches(place, [ours])

    @pytest.mark.parametrize(
        ("ours", "place"),
        [
            ("127.0.0.1,10033", TcpAddress("127.0.0.1", 10034)),
            ("127.0.0.1,10033", TcpAddress("192.0.2.1", 10033)),
            ("127.0.0.1,10033", unix("/queue/p")),
            ("/queue/p", unix("/queue/q")),
            ("/queue/p", TcpAddress("127.0.0.1", 10033)),
            ("/queue/p", None),
        ],
    )
    def test_of_another(self, ours: str, place: Address | None) -> None:
        """Another port, another host, another path is not us."""
        assert not reaches(place, addresses(ours))


class TestCommands:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("a, {old}, permit", "{ours}, a, permit"),
            ("{old}, {other}, permit", "{ours}, {old}, {other}, permit"),
            ("{us}, a, {us}, {other}", "{ours}, a, {other}"),
        ],
    )
    def test_put_us_first(self, before: str, after: str) -> None:
        """
        And leave whatever else is asked, unless it is the only one: our old
        address, or our predecessor.
        """
        names = {
            "old": "check_policy_service inet:127.0.0.1:1",
            "other": "check_policy_service unix:other",
            "us": "check_policy_service inet:127.0.0.1:10033",
            "ours": "check_policy_service { inet:127.0.0.1:10033, timeout=10s,"
            " default_action=DUNNO }",
        }
        lists = {"smtpd_data_restrictions": before.format(**names)}
        deadline = dt.timedelta(seconds=5)
        postfix = Postfix(MailServer(lists), addresses("127.0.0.1,10033"), deadline)

        command = postfix.asking_first(Smtpd("smtp/inet"), "smtpd_data_restrictions")

        wanted = f"smtpd_data_restrictions = {after.format(**names)}"
        assert shlex.split(command) == ["postconf", "-e", wanted]
