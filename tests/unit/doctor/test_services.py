"""What systemd is asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor import daemon, database
from rateguard.entrypoints.cli.doctor.database import read_only
from rateguard.entrypoints.settings.addresses import TcpAddress, UnixAddress
from tests.unit.doctor.machines import machine, ran


TIMER = "rateguard-cleanup.timer"
SERVICE = "rateguard.service"
SOCKET = "rateguard.socket"
STRICT = {
    "ProtectSystem": "strict",
    "StateDirectory": "rateguard",
    "LogsDirectory": "rateguard other",
    "ReadWritePaths": "-/var/spool/postfix/rateguard /srv/guard",
}
LISTEN = (
    "127.0.0.1:10033 (Stream)\n[::]:10034 (Stream)\n"
    "/var/spool/postfix/rateguard/policy (Stream)\n"
)
ENABLE = f"systemctl enable --now {TIMER}"


class TestTimer:
    @pytest.mark.parametrize(
        ("state", "problem"),
        [
            ("", f"{TIMER} does not start at boot"),
            ("active", f"{TIMER} does not start at boot"),
            ("enabled", f"{TIMER} is not running"),
        ],
    )
    def test_that_does_not_run(self, state: str, problem: str) -> None:
        """It has to be enabled and to run."""
        (found,) = database.timer(machine({TIMER: state}))

        assert ("fault", problem, ENABLE) == (found.level, found.problem, found.fix)

    @pytest.mark.parametrize("units", [None, {}, {TIMER: "enabled active"}])
    def test_that_does_or_is_not_there(self, units: dict[str, str] | None) -> None:
        """Nothing is said; where cron does it there is none."""
        assert [] == list(database.timer(machine(units)))


class TestBoot:
    def test_of_a_service_that_was_only_started(self) -> None:
        """It would not be there after the next boot."""
        units = {"rateguard.service": "active", "rateguard.socket": ""}

        (found,) = daemon.boot(machine(units))

        assert (found.level, found.fix) == ("warning", "systemctl enable rateguard")

    @pytest.mark.parametrize(
        "units",
        [
            None,
            {},
            {"rateguard.service": "enabled"},
            {"rateguard.service": "", "rateguard.socket": "enabled"},
        ],
    )
    def test_that_is_well(self, units: dict[str, str] | None) -> None:
        """The service or its socket is enabled, or there is none."""
        assert [] == list(daemon.boot(machine(units)))


class TestSockets:
    def test_of_systemd(self) -> None:
        """
        What systemd holds is used instead of SOCKET; that is a warning if
        SOCKET says something else.
        """
        examined = machine(
            {SOCKET: "active"},
            settings={"SOCKET": "127.0.0.1,1"},
            properties={"Listen": LISTEN},
        )

        assert examined.addresses == [
            TcpAddress("127.0.0.1", 10033),
            TcpAddress("::", 10034),
            UnixAddress(Path("/var/spool/postfix/rateguard/policy")),
        ]
        (found,) = daemon.unused_setting(examined)
        assert found.level == "warning"
        assert found.problem.startswith("SOCKET=127.0.0.1,1 is not used: ")

    @pytest.mark.parametrize("settings", [{}, {"SOCKET": "127.0.0.1,10033"}])
    def test_that_agree(self, settings: dict[str, str]) -> None:
        """Where SOCKET is not set, or says the same, nothing is said."""
        listen = {"Listen": "127.0.0.1:10033 (Stream)\n"}
        examined = machine({SOCKET: "active"}, settings=settings, properties=listen)

        assert [] == list(daemon.unused_setting(examined))

    @pytest.mark.parametrize("units", [None, {}, {SOCKET: "enabled"}])
    def test_of_our_own(self, units: dict[str, str] | None) -> None:
        """A socket unit that is not active holds nothing."""
        examined = machine(units, properties={"Listen": LISTEN})

        assert examined.addresses == (TcpAddress("127.0.0.1", 10033),)
        assert [] == list(daemon.unused_setting(examined))


class TestReadOnly:
    @pytest.mark.parametrize(
        "path",
        [
            *("/var/lib/rateguard/rateguard.db", "/var/log/other/x", "/srv/guard/x"),
            "/var/spool/postfix/rateguard/x",
        ],
    )
    def test_not_where_the_unit_lets_it_write(self, path: str) -> None:
        """Its own folders, and those that were given."""
        examined = machine({SERVICE: "active"}, properties=STRICT)

        assert [] == list(read_only(examined, Path(path)))

    def test_anywhere_else(self) -> None:
        """The file's mode does not help: the daemon sees it read-only."""
        path = Path("/var/log/mail/guard.log")
        examined = machine({SERVICE: "active"}, properties=STRICT)

        (found,) = read_only(examined, path)
        assert found.level == "fault"
        assert "ReadWritePaths=/var/log/mail" in found.fix
        assert [] == list(read_only(machine({SERVICE: "active"}), path))
        assert [] == list(read_only(machine(), path))


class TestDescriptors:
    def test_of_a_daemon_that_does_not_run(self) -> None:
        """Who listens then is systemd, whose limits are others."""
        services = ran("smtp inet n - y - - smtpd\n")
        examined = machine(
            {SOCKET: "active"},
            properties={"Listen": LISTEN, "MainPID": "0"},
            run=lambda _command: services,
        )

        with pytest.raises(CannotLook, match="does not run"):
            list(daemon.descriptors(examined))


class TestPostfix:
    def test_that_is_not_there_is_asked_once(self) -> None:
        """All checks know from the first that it cannot be asked."""
        asked: list[Sequence[str]] = []

        def run(command: Sequence[str]) -> CompletedProcess[str]:
            asked.append(command)
            raise CannotLook("postconf is not installed")

        examined = machine(run=run)

        for _ in range(2):
            with pytest.raises(CannotLook, match="not installed"):
                examined.postfix()
        assert asked == [["postconf"]]
