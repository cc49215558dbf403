"""Where the commands ask the daemon."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from rateguard.adapters.systemd import Systemd
from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.listening import SOCKET_UNIT, where_to_ask
from rateguard.entrypoints.settings.addresses import TcpAddress, UnixAddress
from rateguard.entrypoints.settings.environment import parse
from tests.unit.doctor.machines import Systemctl


DEFAULT = (TcpAddress("127.0.0.1", 10033),)
POLICY = UnixAddress(Path("/run/policy"))
HELD = Systemctl({SOCKET_UNIT: "active"}, {"Listen": "/run/policy (Stream)\n"})


def hang(command: Sequence[str]) -> CompletedProcess[str]:
    """Be a systemctl that does not answer."""
    raise CannotLook(command[0])


def refuse(command: Sequence[str]) -> CompletedProcess[str]:
    """Be a systemctl that may not be run."""
    raise PermissionError(command[0])


class TestWhereToAsk:
    @pytest.mark.parametrize("settings", [{}, {"SOCKET": "127.0.0.1,1"}])
    @pytest.mark.parametrize("name", [None, "/etc/rateguard/rateguard.env"])
    def test_is_where_systemd_listens(
        self, settings: dict[str, str], name: str | None
    ) -> None:
        """SOCKET is not used by a daemon that systemd gives sockets."""
        loaded = parse(settings, env_file=Path(name) if name else None)
        assert [POLICY] == list(where_to_ask(loaded, Systemd(HELD, lambda: True)))

    def test_is_socket_without_systemd(self) -> None:
        """No program is started there."""
        assert DEFAULT == where_to_ask(parse({}), Systemd(hang, lambda: False))

    @pytest.mark.parametrize("run", [Systemctl({}), hang, refuse])
    def test_is_socket_where_systemd_has_no_answer(self, run: Systemctl) -> None:
        """There is no such unit, or nobody can say so."""
        assert DEFAULT == where_to_ask(parse({}), Systemd(run, lambda: True))

    def test_is_socket_of_another_daemon(self) -> None:
        """
        Settings in a file of their own that name a SOCKET are not those of the
        daemon that systemd listens for.
        """
        loaded = parse({"SOCKET": "127.0.0.1,1"}, env_file=Path("/srv/second.env"))
        found = where_to_ask(loaded, Systemd(HELD, lambda: True))
        assert (TcpAddress("127.0.0.1", 1),) == found
