"""
Which file the settings are read from when none is named.
"""

from __future__ import annotations

from pathlib import Path


ENV_FILES = (Path(".env"), Path("/etc/rateguard/rateguard.env"))
"""Where settings are read from when no file is named; the first that is there."""

TRAP = (
    "{0} in this folder is not root's, and root does not obey it: change to another"
    " folder, or say --env-file {0} if it is meant"
)
"""What root is told of one that :func:`may_be_a_trap`."""

_ROOT = 0


def there(env_file: Path) -> bool:
    """
    Whether to read this file.

    In a folder that we may not enter, as root's is to the daemon's user, nobody
    put a ``.env`` for us. What is named in full is there all the same: to go on
    without the settings would be to guess them.
    """
    try:
        return env_file.is_file()
    except PermissionError:
        return env_file.is_absolute()


def may_be_a_trap(env_file: Path, reader: int) -> bool:
    """
    Whether the user *reader* is root and somebody else may have put the file
    into the working directory for him. Settings name files that are written,
    servers that are logged in to, and templates, which are programs.
    """
    if reader != _ROOT or env_file.is_absolute():
        return False
    return any(status.st_uid != _ROOT for status in (env_file.lstat(), env_file.stat()))
