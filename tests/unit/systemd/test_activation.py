"""Which sockets the daemon was started with."""

from __future__ import annotations

import pytest

from rateguard.entrypoints.daemon.sockets import CannotListen
from rateguard.entrypoints.daemon.systemd import STATUS_SECONDS, Service, inherited


OURS = 4711


class TestInherited:
    @pytest.mark.parametrize(
        "environment",
        [
            {},
            {"LISTEN_FDS": "1"},
            {"LISTEN_FDS": "1", "LISTEN_PID": "4712"},
            {"LISTEN_FDS": "0", "LISTEN_PID": "4711"},
            {"LISTEN_PID": "4711"},
        ],
    )
    def test_what_is_meant_for_others(self, environment: dict[str, str]) -> None:
        """Descriptors are ours only if our process id is named with them."""
        found = inherited(environment, OURS)

        assert ([], []) == ([*found.listeners], [*found.connections])

    @pytest.mark.parametrize("count", ["x", "-1", "1.5", "²"])
    def test_no_number(self, count: str) -> None:
        """A number that is none is told, with what was there."""
        with pytest.raises(CannotListen) as caught:
            inherited({"LISTEN_PID": str(OURS), "LISTEN_FDS": count}, OURS)

        assert f"LISTEN_FDS: expected a number, got {count!r}" == str(caught.value)


class TestBeatSeconds:
    @pytest.mark.parametrize(
        ("environment", "seconds"),
        [
            ({"WATCHDOG_USEC": "30000000"}, 15.0),
            ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(OURS)}, 15.0),
            ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "4712"}, STATUS_SECONDS),
            ({"WATCHDOG_USEC": "soon"}, STATUS_SECONDS),
            ({"WATCHDOG_USEC": "0"}, STATUS_SECONDS),
            ({}, STATUS_SECONDS),
        ],
    )
    def test_half_of_what_is_allowed(
        self, environment: dict[str, str], seconds: float
    ) -> None:
        """A beat that is late by as much again is still in time."""
        assert seconds == Service.of(environment, OURS).beat_seconds
