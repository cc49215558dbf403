"""
Which file the settings are read from.
"""

from __future__ import annotations

from pathlib import Path, PosixPath
from typing import Any, NoReturn

import pytest

from rateguard.entrypoints.environment import SettingsError, load, there


class Closed(PosixPath):
    """
    In a folder that we may not enter.
    """

    def is_file(self) -> NoReturn:
        """
        Be refused by the system.
        """
        raise PermissionError(13, "Permission denied", str(self))

    def open(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """
        Likewise.
        """
        self.is_file()


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
        """
        No file is no settings.
        """
        assert not there(Path("/nowhere/at/all"))
