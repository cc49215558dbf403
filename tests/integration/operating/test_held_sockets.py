"""A daemon of which only systemd knows where it listens."""

from __future__ import annotations

import time

import attrs
import pytest

from rateguard.adapters.systemd import Systemd, run
from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.listening import SOCKET_UNIT
from rateguard.entrypoints.container import session
from tests.integration.operating.operators import Operator
from tests.integration.rigs import free_port
from tests.unit.doctor.machines import Systemctl


@pytest.fixture
def held(operator: Operator) -> Operator:
    """Have systemd hold the daemon's socket, and SOCKET name one where nobody is."""
    listen = f"{operator.daemon.settings['SOCKET']} (Stream)\n"
    systemctl = Systemctl({SOCKET_UNIT: "active"}, {"Listen": listen})
    ours = session()
    tools = attrs.evolve(
        ours.tools, systemd=lambda seconds: Systemd(systemctl, booted=lambda: True)
    )
    return attrs.evolve(operator, session=attrs.evolve(ours, tools=tools))


@pytest.fixture
def elsewhere() -> str:
    """A SOCKET where nobody is."""
    return f"127.0.0.1,{free_port()}"


def test_is_well(held: Operator, elsewhere: str) -> None:
    """``rateguard status`` asks it where it listens."""
    result = held.run("status", SOCKET=elsewhere)

    assert 0 == result.exit_code, result.output
    assert f"{held.daemon.settings['SOCKET']}, answered in" in result.stdout


def test_is_asked(held: Operator, elsewhere: str) -> None:
    """``rateguard ask`` too, unless --socket says where."""
    words = ["ask", "--sender", "held@example.org", "--state", "RCPT"]

    assert "DUNNO\n" == held.run(*words, SOCKET=elsewhere).stdout
    assert 1 == held.run(*words, "--socket", elsewhere).exit_code


def test_is_asked_for_in_time() -> None:
    """A program that hangs is ended."""
    began = time.monotonic()
    with pytest.raises(CannotLook, match="sleep did not end within 0 s"):
        run(["sleep", "60"], seconds=0.05)

    assert time.monotonic() - began < 30
