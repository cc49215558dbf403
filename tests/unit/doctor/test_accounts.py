"""What another user may do."""

from __future__ import annotations

import os

from pathlib import Path

import attrs
import pytest

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor.machine import (
    NOBODY,
    READ,
    SEARCH,
    WRITE,
    Account,
)
from tests.unit.doctor.machines import machine


POSTFIX = Account("postfix", 103, frozenset({106, 107}))
ROOT = Account("root", 0, frozenset({0}))
SOCKET = Path("/queue/guard/policy")


def status(mode: int, uid: int = 0, gid: int = 0) -> os.stat_result:
    """Return what stat says of such a file."""
    return os.stat_result((mode, 1, 1, 1, uid, gid, 0, 0, 0, 0))


class TestMay:
    @pytest.mark.parametrize(
        ("mode", "uid", "gid", "may"),
        [
            (0o600, 103, 0, True),
            (0o600, 0, 106, False),
            (0o060, 0, 107, True),
            (0o060, 0, 0, False),
            (0o006, 0, 0, True),
            (0o066, 103, 106, False),
            (0o606, 0, 106, False),
            (0o400, 103, 0, False),
        ],
    )
    def test_write(self, mode: int, uid: int, gid: int, *, may: bool) -> None:
        """The first of owner, group and others that fits decides alone."""
        assert may == POSTFIX.may(WRITE, status(mode, uid, gid))

    def test_needs_all_that_is_asked(self) -> None:
        """Reading alone is not reading and writing."""
        assert not NOBODY.may(READ | WRITE, status(0o004))
        assert NOBODY.may(READ | WRITE, status(0o006))

    def test_root_everything(self) -> None:
        """No mode keeps root out."""
        assert ROOT.may(READ | WRITE | SEARCH, status(0, 103))


class TestDaemonsUser:
    def test_that_nobody_knows(self) -> None:
        """Then nothing is said of what it may do."""
        with pytest.raises(CannotLook, match="--user"):
            attrs.evolve(machine(), account=None).daemons_user()

        assert machine().daemons_user() == NOBODY


class TestKeptOutAt:
    @pytest.mark.parametrize(
        ("modes", "where"),
        [
            ((0o755, 0o755, 0o710, 0o660), None),
            ((0o755, 0o755, 0o710, 0o600), "/queue/guard/policy"),
            ((0o755, 0o755, 0o700, 0o660), "/queue/guard"),
            ((0o755, 0o700, 0o700, 0o600), "/queue"),
            ((0o700, 0o755, 0o755, 0o666), "/"),
        ],
    )
    def test_is_the_first_obstacle(
        self, modes: tuple[int, ...], where: str | None
    ) -> None:
        """Every folder on the way has to let through, the file has to give."""
        paths = ("/", "/queue", "/queue/guard", "/queue/guard/policy")
        groups = (0, 0, 106, 106)
        found = {
            Path(path): status(mode, gid=gid)
            for path, mode, gid in zip(paths, modes, groups, strict=True)
        }

        obstacle = POSTFIX.kept_out_at(SOCKET, WRITE, found.__getitem__)

        assert (None if where is None else Path(where)) == obstacle

    def test_where_we_are_kept_out_ourselves(self) -> None:
        """Nothing can be said."""

        def stat(path: Path) -> os.stat_result:
            raise PermissionError(13, "Permission denied", str(path))

        with pytest.raises(CannotLook, match="run it as root"):
            POSTFIX.kept_out_at(SOCKET, WRITE, stat)
