"""
What systemd is asked.
"""

from __future__ import annotations

import pytest

from rateguard.entrypoints.doctor import daemon, upkeep
from tests.unit.doctor.machines import patient


TIMER = "rateguard-cleanup.timer"
ENABLE = f"systemctl enable --now {TIMER}"


class TestTimer:
    @pytest.mark.parametrize(
        ("state", "problem"),
        [
            ("", f"{TIMER} does not start with the machine"),
            ("active", f"{TIMER} does not start with the machine"),
            ("enabled", f"{TIMER} does not run"),
        ],
    )
    def test_that_does_not_run(self, state: str, problem: str) -> None:
        """
        It has to be enabled and to run.
        """
        (found,) = upkeep.timer(patient({TIMER: state}))

        assert ("fault", problem, ENABLE) == (found.level, found.problem, found.fix)

    @pytest.mark.parametrize("units", [None, {}, {TIMER: "enabled active"}])
    def test_that_does_or_is_not_there(self, units: dict[str, str] | None) -> None:
        """
        Nothing is said; where cron does it there is none.
        """
        assert [] == list(upkeep.timer(patient(units)))


class TestBoot:
    def test_of_a_service_that_was_only_started(self) -> None:
        """
        It would not be there after the next boot.
        """
        units = {"rateguard.service": "active", "rateguard.socket": ""}

        (found,) = daemon.boot(patient(units))

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
        """
        The service or its socket is enabled, or there is none.
        """
        assert [] == list(daemon.boot(patient(units)))
