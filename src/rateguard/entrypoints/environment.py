"""
From the environment and a ``.env`` file to one frozen Settings.
"""

from __future__ import annotations

import difflib
import os

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import dotenv

from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.env_file import ENV_FILES, TRAP, may_be_a_trap, there
from rateguard.entrypoints.settings import DECLARATIONS, SECRETS, Settings
from rateguard.entrypoints.settings.together import (
    contradictions,
    incomplete_notifiers,
)
from rateguard.entrypoints.settings.values import WrongValue


_NEAR_MISS = 0.8
_SERVER_VARIABLES = ("DB_HOST", "DB_USER", "DB_PASSWORD")


class SettingsError(RateGuardError):
    """
    Settings that cannot be used.

    Attributes:
        problems: Everything that is wrong, a line each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@attrs.frozen
class Loaded:
    """
    Settings and what the operator should be told about them.

    Attributes:
        texts: Each setting by its name, as text, defaults filled in.

        environment: Every variable that there is, also those not ours.
    """

    settings: Settings
    texts: Mapping[str, str] = attrs.field(repr=False)
    warnings: tuple[str, ...] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    env_file: Path | None = None


def load(env_file: Path | None = None) -> Loaded:
    """
    Return the settings in force: the environment before the file. The only
    reader of ``os.environ``.

    Raises:
        SettingsError: with everything that is wrong.
    """
    if env_file is None:
        env_file = next(filter(there, ENV_FILES), None)
        if env_file and may_be_a_trap(env_file, os.geteuid()):
            raise SettingsError([TRAP.format(env_file)])
    elif not there(env_file):
        raise SettingsError([f"--env-file {env_file}: there is no such file"])
    return parse({**_read(env_file), **os.environ}, env_file=env_file)


def _read(env_file: Path | None) -> dict[str, str]:
    if env_file is None:
        return {}
    try:
        # Opened here: dotenv takes what it may not read for an empty file.
        with env_file.open(encoding="utf-8") as text:
            # Not interpolated: a password may contain ${.
            found = dotenv.dotenv_values(stream=text, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{env_file}: cannot be read: {error}"]) from error
    return {name: text or "" for name, text in found.items()}


def parse(environment: Mapping[str, str], *, env_file: Path | None = None) -> Loaded:
    """
    Return the settings that these variables mean.

    Raises:
        SettingsError: with everything that is wrong.
    """
    texts = {each.name: each.default for each in DECLARATIONS}
    given = {name: _given(environment, name) for name in texts}
    texts |= {name: text for name, text in given.items() if text}
    server = any(given[name] for name in _SERVER_VARIABLES)
    texts["DB_DRIVER"] = texts["DB_DRIVER"] or ("pymysql" if server else "sqlite3")
    for name, text in _dependent_defaults(texts["DB_DRIVER"], environment).items():
        texts[name] = texts[name] or text
    settings = Settings.from_environ(environ=texts)  # type: ignore[attr-defined]
    problems = [
        *_wrong(settings),
        *contradictions(settings),
        *incomplete_notifiers(texts),
    ]
    if problems:
        raise SettingsError(problems)
    warnings = tuple(_near_misses(environment))
    return Loaded(settings, texts, warnings, environment, env_file)


def _given(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "")
    # A secret may begin or end with a space.
    return text if name in SECRETS else text.strip()


def _dependent_defaults(
    driver: str, environment: Mapping[str, str]
) -> Mapping[str, str]:
    if driver.lower() != "sqlite3":
        return {
            "DB_DATABASE": "policyd-rate-guard",
            "DB_LANES": "2",
            "DB_AUTO_MIGRATE": "false",
        }
    # systemd may give several folders, separated by colons.
    folder = _given(environment, "STATE_DIRECTORY").partition(":")[0]
    return {
        "DB_DATABASE": str(Path(folder, "rateguard.db")),
        "DB_LANES": "1",
        "DB_AUTO_MIGRATE": "true",
    }


def _wrong(settings: Settings) -> Iterator[str]:
    for declaration in DECLARATIONS:
        name = declaration.name
        value = getattr(settings, name.lower())
        if isinstance(value, WrongValue):
            shown = "***" if name in SECRETS else repr(value.text)
            yield f"{name}: expected {value.expected}, got {shown}"


def _near_misses(environment: Mapping[str, str]) -> Iterator[str]:
    known = [each.name for each in DECLARATIONS]
    for name in sorted(set(environment) - set(known)):
        close = difflib.get_close_matches(name.upper(), known, 1, _NEAR_MISS)
        if close:
            yield f"{name} is no setting of RateGuard; did you mean {close[0]}?"
