"""Faults of the machine: each is found, with its fix."""

from __future__ import annotations

import datetime as dt
import os

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest

from tests.integration.doctor.machine import Machine
from tests.integration.rigs import free_port


Make = Callable[[Machine, ExitStack], None]


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    """A path with another mode."""
    before = path.stat().st_mode
    path.chmod(bits)
    yield
    path.chmod(before)


def ago(**since: int) -> str:
    """Return a time as the database has it."""
    return f"{dt.datetime.now(dt.UTC) - dt.timedelta(**since):%Y-%m-%d %H:%M:%S}"


def no_daemon(machine: Machine, undo: ExitStack) -> None:
    aside = machine.socket.rename(f"{machine.socket}.aside")
    undo.callback(aside.rename, machine.socket)


def socket_with(bits: int, folder: int = 0o770) -> Make:
    def make(machine: Machine, undo: ExitStack) -> None:
        undo.enter_context(mode(machine.socket, bits))
        undo.enter_context(mode(machine.socket.parent, folder))

    return make


def setting(**settings: str) -> Make:
    def make(machine: Machine, undo: ExitStack) -> None:
        here = {name: text.format(machine.folder) for name, text in settings.items()}
        machine.set(**here)

    return make


def no_server(machine: Machine, undo: ExitStack) -> None:
    machine.set(DB_DRIVER="pymysql", DB_HOST="127.0.0.1", DB_PORT=str(free_port()))


def no_receiver(machine: Machine, undo: ExitStack) -> None:
    machine.set(WEBHOOK_URL=f"http://127.0.0.1:{free_port()}/")


def no_database(machine: Machine, undo: ExitStack) -> None:
    machine.database.unlink()


def old_schema(machine: Machine, undo: ExitStack) -> None:
    newest = "SELECT max(migration_id) FROM _yoyo_migration"
    machine.sql(f"DELETE FROM _yoyo_migration WHERE migration_id = ({newest})")


def overdue(machine: Machine, undo: ExitStack) -> None:
    query = "INSERT INTO rateguard_resets (started_at, position) VALUES (?, 0)"
    machine.sql(query, ago(hours=26))


def never_reset(machine: Machine, undo: ExitStack) -> None:
    query = "INSERT INTO ratelimits (sender, created_at) VALUES ('a', ?)"
    machine.sql(query, ago(hours=26))


def newest_message(**since: int) -> Make:
    query = "INSERT INTO messages (sender, msgid, created_at) VALUES ('a', 'b', ?)"
    return lambda machine, _undo: machine.sql(query, ago(**since))


def senders_of_another_quota(machine: Machine, undo: ExitStack) -> None:
    for name in ("a", "b"):
        query = "INSERT INTO ratelimits (sender, quota, quota_reset) VALUES (?, 7, 7)"
        machine.sql(query, name)


def roots(path: Path) -> None:
    os.chown(path, 0, 0)
    path.chmod(0o640)


def roots_database(machine: Machine, undo: ExitStack) -> None:
    roots(machine.database)


def roots_log(machine: Machine, undo: ExitStack) -> None:
    roots(machine.folder / "log" / "rateguard.log")


def closed_log(machine: Machine, undo: ExitStack) -> None:
    (machine.folder / "log").chmod(0o000)


def open_settings(machine: Machine, undo: ExitStack) -> None:
    machine.env_file.chmod(0o644)


@attrs.frozen
class Fault:
    """A fault: how it is made, what finds it, words of what is said."""

    make: Make
    check: str
    says: str
    fix: str
    level: str = "fault"


UNKNOWN = f"{'a' * 64}.example"  # too long to be looked up
MAIL = {"MAIL_ENABLED": "true", "MAIL_FROM": "a@b.example", "MAIL_TO": "a@b.example"}
FAULTS = {
    "no daemon": Fault(no_daemon, "daemon", "nothing answers at", "serve"),
    "socket mode": Fault(
        socket_with(0o600), "socket", "may not use", "SOCKET_MODE=0660 and SOCKET_GROUP"
    ),
    "socket folder": Fault(
        socket_with(0o660, 0o700), "socket", "cannot reach", "chmod g+x"
    ),
    "socket for all": Fault(
        socket_with(0o666, 0o777), "socket", "every user", "SOCKET_MODE=0660", "warning"
    ),
    "no server": Fault(no_server, "database", "cannot be used", "start the database"),
    "no database": Fault(no_database, "database", "there is no database", "migrate"),
    "old schema": Fault(old_schema, "database", "lacks rateguard-0", "migrate"),
    "root's database": Fault(
        roots_database, "database file", "may not write", "chown -R postfix"
    ),
    "cleanup overdue": Fault(overdue, "cleanup", "last ran at", "cron.d"),
    "cleanup never ran": Fault(never_reset, "cleanup", "never ran", "cron.d"),
    "clock": Fault(newest_message(days=-1), "clock", "newest message", "set-ntp"),
    "silence": Fault(
        newest_message(days=8),
        "counting",
        "no mail has been counted",
        "mail",
        "warning",
    ),
    "quota": Fault(
        senders_of_another_quota,
        *("QUOTA", "2 senders have a quota of 7; QUOTA applies only to new senders"),
        *("sender set --quota-was 7 --quota 1000", "note"),
    ),
    "root's log": Fault(roots_log, "log", "may not write", "chown postfix"),
    "closed log": Fault(closed_log, "log", "may not write", "chmod g+x"),
    "no folder for the log": Fault(
        setting(LOG_FILE="{}/no/log"), "log", "there is no folder", "install -d"
    ),
    "webhook": Fault(
        setting(WEBHOOK_URL=f"http://{UNKNOWN}/"),
        *("webhook", "its address is invalid", "correct WEBHOOK_URL"),
    ),
    "no receiver": Fault(no_receiver, "webhook", "connection refused", "notify test"),
    "mail": Fault(
        setting(MAIL_HOST=UNKNOWN, **MAIL),
        "mail",
        "its address is invalid",
        "correct MAIL",
    ),
    "templates": Fault(
        setting(MAIL_TEMPLATES="{}/no", **MAIL), "notifiers", "MAIL_TEMPL", "correct it"
    ),
    "secrets": Fault(open_settings, "secrets", "can read WEBHOOK_SECRET", "chmod o="),
    "near miss": Fault(
        setting(LOG_FIEL="x"),
        *("names of settings", "did you mean LOG_FILE?", "correct", "warning"),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_is_found(machine: Machine, name: str) -> None:
    """A fault is the one finding, its fix a line."""
    fault = FAULTS[name]
    with ExitStack() as undo:
        fault.make(machine, undo)
        (found,) = machine.findings()
    assert (found["level"], found["check"]) == (fault.level, fault.check)
    assert fault.says in found["problem"]
    assert fault.fix in found["fix"]
    assert len(found["fix"].splitlines()) == 1


def test_a_relative_path(machine: Machine) -> None:
    """
    A relative path of the database is a warning, and what is not there
    then is to be looked for elsewhere, not made.
    """
    machine.set(DB_DATABASE="no-such.db")
    first, second = machine.findings()
    assert (first["check"], second["check"]) == ("database", "database file")
    fix = "DB_DATABASE=/var/lib/rateguard/rateguard.db"
    assert fix in first["fix"]
    assert fix in second["fix"]
