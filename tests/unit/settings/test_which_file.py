"""Which file the settings are read from."""

from __future__ import annotations

import os
import stat

from pathlib import Path, PosixPath
from typing import Any, ClassVar, NoReturn

import pytest

from rateguard.entrypoints.settings.environment import (
    SettingsError,
    load,
    may_be_a_trap,
    there,
)


class Closed(PosixPath):
    """In a folder that we may not enter."""

    def is_file(self) -> NoReturn:
        """Be refused by the system."""
        raise PermissionError(13, "Permission denied", str(self))

    def open(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Likewise."""
        self.is_file()


class Found(PosixPath):
    """A file of this user, or a link of his to a file of another."""

    whose: ClassVar[int]
    whose_target: ClassVar[int]

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Tell the owner."""
        owner = self.whose_target if follow_symlinks else self.whose
        return os.stat_result((stat.S_IFREG, 0, 0, 1, owner, 0, 0, 0, 0, 0))


class TestTraps:
    @pytest.mark.parametrize(
        ("name", "reader", "owner", "target_owner", "trap"),
        [
            (".env", 0, 1000, 1000, True),
            (".env", 0, 1000, 0, True),
            (".env", 0, 0, 1000, True),
            (".env", 0, 0, 0, False),
            (".env", 1000, 1001, 1001, False),
            ("/etc/rateguard/rateguard.env", 0, 1000, 1000, False),
        ],
    )
    def test_are_what_root_finds_of_somebody_else(
        self, *, name: str, reader: int, owner: int, target_owner: int, trap: bool
    ) -> None:
        """
        A ``.env`` that another user left where root happens to be is not
        obeyed; what lies in /etc, and what others find, is.
        """
        whose = {"whose": owner, "whose_target": target_owner}
        found = type("Found", (Found,), whose)

        assert trap == may_be_a_trap(found(name), reader)


class TestClosedFolders:
    def test_the_working_directory_has_no_settings(self) -> None:
        """
        A command run as another user in a folder of root's does not stumble
        over it: there is no .env for him.
        """
        assert not there(Closed(".env"))

    def test_the_machines_settings_are_not_passed_over(self) -> None:
        """
        Who may not read the settings in /etc is told, instead of working with
        the defaults.
        """
        settings = Closed("/etc/rateguard/rateguard.env")

        assert there(settings)
        with pytest.raises(SettingsError, match=r"rateguard\.env: cannot be read"):
            load(settings)

    def test_what_is_not_there_is_not_there(self) -> None:
        """No file is no settings."""
        assert not there(Path("/nowhere/at/all"))
