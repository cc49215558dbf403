"""A daemon of which only systemd knows where it listens."""

from __future__ import annotations

import time

import pytest

from rateguard.adapters.systemd import units
from rateguard.adapters.systemd.units import SOCKET_UNIT, CannotLook, Systemd, run
from tests.integration.operators import Operator
from tests.integration.rigs import free_port
from tests.unit.doctor.machines import Systemctl


@pytest.fixture
def elsewhere(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have systemd hold the daemon's socket; return a SOCKET where nobody is."""
    listen = f"{operator.daemon.settings['SOCKET']} (Stream)\n"
    systemctl = Systemctl({SOCKET_UNIT: "active"}, {"Listen": listen})
    systemd = Systemd(systemctl, booted=lambda: True)
    monkeypatch.setattr(units, "_hasty", lambda: systemd)
    return f"127.0.0.1,{free_port()}"


def test_is_well(operator: Operator, elsewhere: str) -> None:
    """``rateguard status`` asks it where it listens."""
    result = operator.run("status", SOCKET=elsewhere)

    assert 0 == result.exit_code, result.output
    assert f"{operator.daemon.settings['SOCKET']}, answered in" in result.stdout


def test_is_asked(operator: Operator, elsewhere: str) -> None:
    """``rateguard ask`` too, unless --socket says where."""
    words = ["ask", "--sender", "held@example.org", "--state", "RCPT"]

    assert "DUNNO\n" == operator.run(*words, SOCKET=elsewhere).stdout
    assert 1 == operator.run(*words, "--socket", elsewhere).exit_code


def test_is_asked_for_in_time() -> None:
    """A program that hangs is ended."""
    began = time.monotonic()
    with pytest.raises(CannotLook, match="sleep did not end within 0 s"):
        run(["sleep", "60"], seconds=0.05)

    assert time.monotonic() - began < 30
