"""All checks, in the order in which a request meets what they look at."""

from __future__ import annotations

import functools
import os
import sys

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor import daemon, outputs, postfix_checks, store
from rateguard.entrypoints.cli.doctor.findings import (
    AS_ROOT,
    Check,
    Examination,
    Finding,
    as_json,
    as_lines,
    examine,
    fault,
)
from rateguard.entrypoints.cli.doctor.machine import Account, Patient, Postfix
from rateguard.entrypoints.cli.doctor.postfix_view import Questions
from rateguard.entrypoints.cli.listening import SERVICE
from rateguard.entrypoints.cli.session import FAILED, WRONG_SETTINGS, Session, told
from rateguard.entrypoints.settings.environment import ENV_FILES, SettingsError, load


if TYPE_CHECKING:
    from rateguard.adapters.systemd.units import Systemd


OF_THE_MACHINE: dict[str, Callable[[Patient], Iterator[Finding]]] = {
    "names of settings": outputs.names,
    "secrets": outputs.secrecy,
    "daemon": daemon.answer,
    "SOCKET": daemon.unused_setting,
    "start with the machine": daemon.boot,
    "socket": daemon.rights,
    "file descriptors": daemon.room,
    "database": store.database,
    "database file": store.file,
    "clock": store.clock,
    "counting": store.counted,
    "cleanup timer": store.timer,
    "cleanup": store.period,
    "log": outputs.log,
    "notifiers": outputs.notifiers,
    "webhook": outputs.webhook,
    "mail": outputs.mail,
}

OF_POSTFIX: dict[str, Callable[[Questions], Iterator[Finding]]] = {
    "Postfix: login": postfix_checks.login,
    "Postfix: check": postfix_checks.placement,
    "Postfix: default action": postfix_checks.default_action,
    "Postfix: timeout": postfix_checks.timeout,
    "Postfix: in vain": postfix_checks.in_vain,
    "Postfix: spelling": postfix_checks.spelling,
}


def checks(patient: Patient) -> Sequence[Check]:
    """Return every check of this machine."""

    def asked(rule: Callable[[Questions], Iterator[Finding]]) -> Iterator[Finding]:
        questions = Questions(
            patient.postfix.server(),
            patient.addresses,
            deadline=patient.settings.request_deadline,
            options=patient.postfix.options,
        )
        return rule(questions)

    return [
        *(
            Check(name, functools.partial(look, patient))
            for name, look in OF_THE_MACHINE.items()
        ),
        *(
            Check(name, functools.partial(asked, rule))
            for name, rule in OF_POSTFIX.items()
        ),
    ]


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--postfix-config", type=_FOLDER, help="Folder of main.cf.")
@click.option("--no-postfix", is_flag=True, help="Postfix is on another machine.")
@click.option("--user", help="Whom the daemon runs as, if not rateguard.")
@click.option("--json", "json_", is_flag=True, help="For programs.")
@click.option("--quiet", is_flag=True, help="Say nothing when all is well.")
@click.pass_obj
def doctor(  # noqa: PLR0913 - one an option
    session: Session,
    *,
    postfix_config: Path | None,
    no_postfix: bool,
    user: str | None,
    json_: bool,
    quiet: bool,
) -> None:
    """
    Look for what is wrong on this machine, and say how to mend it.

    Changes nothing and charges nobody. Run it as root. Exit status 1 if there
    is a fault; warnings and notes are none.
    """
    with told():
        try:
            loaded = load(session.env_file)
        except SettingsError as error:
            _tell(_wrong(error, session.env_file), json_=json_, quiet=quiet)
            sys.exit(WRONG_SETTINGS)
        systemd = session.tools.systemd()
        patient = Patient(
            loaded,
            session.tools,
            session.tools.database(loaded.settings),
            _account(user, systemd),
            session.tools.ask,
            Postfix(postfix_config, wanted=not no_postfix),
            systemd,
        )
        examination = examine(checks(patient))
        _tell(examination, json_=json_, quiet=quiet)
        if examination.faulty:
            sys.exit(FAILED)


def _wrong(error: SettingsError, env_file: Path | None) -> Examination:
    where = env_file or next(filter(Path.is_file, ENV_FILES), ENV_FILES[-1])
    fix = f"correct it in {where}, or in the environment"
    if where.exists() and not os.access(where, os.R_OK):
        fix = AS_ROOT
    return Examination(1, [("settings", fault(e, fix)) for e in error.problems], [])


def _tell(examination: Examination, *, json_: bool, quiet: bool) -> None:
    if json_:
        click.echo(as_json(examination))
        return
    for line in as_lines(examination, quiet=quiet):
        click.echo(line)


def _account(name: str | None, systemd: Systemd) -> Account | None:
    try:
        if name is not None:
            return Account.named(name)
    except CannotLook as error:
        raise click.UsageError(f"--user: {error}") from None
    with suppress(CannotLook):
        return Account.named(systemd.show(SERVICE, "User") or "rateguard")
    # Root may do everything, so nothing wrong is said of it.
    return Account.ours() if os.geteuid() == 0 else None
