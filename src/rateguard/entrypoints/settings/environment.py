"""From the environment and a ``.env`` file to one frozen Settings."""

from __future__ import annotations

import difflib
import os

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import dotenv

from rateguard.adapters.notify.webhook.document import jwt_key
from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.settings import DECLARATIONS, SECRETS, Settings, WrongValue


_NEAR_MISS = 0.8
_ROOT = 0

ENV_FILES = (Path(".env"), Path("/etc/rateguard/rateguard.env"))
"""Where settings are read from when no file is named; the first that is there."""


class SettingsError(RateGuardError):
    """Settings that cannot be used: everything that is wrong, a line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@attrs.frozen
class Loaded:
    """
    Settings, each also as text with defaults filled in, and what the operator
    should be told; with every variable that there is, also those not ours.
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
            problem = (
                f"{env_file} in this folder does not belong to root, so root does not"
                f" read it: change to another folder, or name it: --env-file {env_file}"
            )
            raise SettingsError([problem])
    elif not there(env_file):
        raise SettingsError([f"--env-file {env_file}: there is no such file"])
    return parse({**_read(env_file), **os.environ}, env_file=env_file)


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
    into the working directory as a trap. Settings name files that are written,
    servers that are logged in to, and templates, which are programs.
    """
    if reader != _ROOT or env_file.is_absolute():
        return False
    return any(status.st_uid != _ROOT for status in (env_file.lstat(), env_file.stat()))


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
    given = {each.name: _given(environment, each.name) for each in DECLARATIONS}
    server = any(given[name] for name in ("DB_HOST", "DB_USER", "DB_PASSWORD"))
    driver = given["DB_DRIVER"] or ("pymysql" if server else "sqlite3")
    defaults = {"DB_DRIVER": driver, **_defaults(driver, environment)}
    texts = {
        each.name: given[each.name] or defaults.get(each.name, each.default)
        for each in DECLARATIONS
    }
    settings = Settings.from_environ(environ=texts)  # type: ignore[attr-defined]
    if problems := [*_wrong(settings), *_contradictions(settings)]:
        raise SettingsError(problems)
    warnings = tuple(_near_misses(environment))
    return Loaded(settings, texts, warnings, environment, env_file)


def _given(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "")
    # A secret may begin or end with a space.
    return text if name in SECRETS else text.strip()


def _defaults(driver: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    if driver.lower() == "sqlite3":
        # systemd may give several folders, separated by colons.
        folder = _given(environment, "STATE_DIRECTORY").partition(":")[0]
        values = (str(Path(folder, "rateguard.db")), "1", "true")
    else:
        values = ("policyd-rate-guard", "2", "false")
    return dict(
        zip(("DB_DATABASE", "DB_LANES", "DB_AUTO_MIGRATE"), values, strict=True)
    )


def _wrong(settings: Settings) -> Iterator[str]:
    for each in DECLARATIONS:
        value = getattr(settings, each.name.lower())
        if isinstance(value, WrongValue):
            shown = "***" if each.secret else repr(value.text)
            yield f"{each.name}: expected {value.expected}, got {shown}"


def _contradictions(settings: Settings) -> Iterator[str]:
    """Yield which values do not go together; a wrong one is told elsewhere."""
    lanes, cached = settings.db_lanes, settings.db_pool_maxcached
    if isinstance(lanes, int) and isinstance(cached, int):
        if settings.db_driver == "sqlite3" and lanes > 1:
            yield f"DB_LANES: expected 1, since SQLite has one writer, got '{lanes}'"
        elif settings.db_driver != "sqlite3" and 0 < cached < lanes:
            yield (
                f"DB_POOL_MAXCACHED: expected 0 or at least DB_LANES ({lanes}),"
                f" got '{cached}'"
            )
    if settings.webhook_enabled is True:
        yield from _missing(settings, "WEBHOOK_ENABLED is true", "WEBHOOK_URL")
        yield from _missing(settings, "WEBHOOK_ENABLED is true", "WEBHOOK_SECRET")
        if settings.webhook_use_jwt is True and settings.webhook_secret:
            yield from _weak_key(settings.webhook_secret)
    if settings.mail_enabled is True:
        yield from _missing(settings, "MAIL_ENABLED is true", "MAIL_FROM")
        if settings.mail_to is None and settings.mail_to_sender is not True:
            yield "MAIL_TO: expected an address, since MAIL_ENABLED is true, got none"
        if settings.mail_password is not None:
            yield from _missing(settings, "MAIL_PASSWORD is set", "MAIL_USER")
        if settings.mail_user is not None:
            yield from _missing(settings, "MAIL_USER is set", "MAIL_PASSWORD")


def _missing(settings: Settings, why: str, name: str) -> Iterator[str]:
    if getattr(settings, name.lower()) is None:
        yield f"{name}: expected a value, since {why}, got none"


def _weak_key(secret: str | WrongValue) -> Iterator[str]:
    if isinstance(secret, str):
        try:
            jwt_key(secret)
        except ValueError as error:
            yield f"WEBHOOK_SECRET: {error}"


def _near_misses(environment: Mapping[str, str]) -> Iterator[str]:
    known = [each.name for each in DECLARATIONS]
    for name in sorted(set(environment) - set(known)):
        close = difflib.get_close_matches(name.upper(), known, 1, _NEAR_MISS)
        if close:
            yield f"{name} is not a setting of RateGuard; did you mean {close[0]}?"
