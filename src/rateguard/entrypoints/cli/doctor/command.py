"""``rateguard doctor``: all checks, in the order of a request's way."""

from __future__ import annotations

import functools
import os
import sys

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path

import click

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor import daemon, database, outputs, postfix_checks
from rateguard.entrypoints.cli.doctor.findings import (
    AS_ROOT,
    Examination,
    Finding,
    Level,
    as_json,
    as_lines,
    examine,
    fault,
)
from rateguard.entrypoints.cli.doctor.machine import Account, Machine, ServiceManager
from rateguard.entrypoints.cli.listening import SERVICE
from rateguard.entrypoints.cli.session import FAILED, WRONG_SETTINGS, Session, told
from rateguard.entrypoints.settings.environment import ENV_FILES, SettingsError, load


CHECKS: Mapping[str, Callable[[Machine], Iterator[Finding]]] = {
    "names of settings": outputs.names,
    "secrets": outputs.secrecy,
    "daemon": daemon.answer,
    "SOCKET": daemon.unused_setting,
    "start with the machine": daemon.boot,
    "socket": daemon.rights,
    "file descriptors": daemon.descriptors,
    "database": database.database,
    "database file": database.file,
    "clock": database.clock,
    "counting": database.counted,
    "cleanup timer": database.timer,
    "cleanup": database.reset,
    "QUOTA": database.quota,
    "log": outputs.log,
    "notifiers": outputs.notifiers,
    "webhook": outputs.receiver("webhook", "WEBHOOK_URL"),
    "mail": outputs.receiver("mail", "MAIL_HOST, MAIL_PORT, MAIL_USER"),
    "Postfix: login": postfix_checks.login,
    "Postfix: check": postfix_checks.placement,
    "Postfix: default action": postfix_checks.default_action,
    "Postfix: timeout": postfix_checks.timeout,
    "Postfix: in vain": postfix_checks.in_vain,
    "Postfix: spelling": postfix_checks.spelling,
}

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--postfix-config", type=_FOLDER, help="Directory of main.cf.")
@click.option("--no-postfix", is_flag=True, help="Postfix is on another machine.")
@click.option("--user", help="The daemon's user, if not rateguard.")
@click.option("--json", "json_", is_flag=True, help="For scripts: JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing when all is well.")
@click.pass_obj
def doctor(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    postfix_config: Path | None,
    no_postfix: bool,
    user: str | None,
    json_: bool,
    quiet: bool,
) -> None:
    """
    Find what is wrong on this machine and how to fix it.

    It changes and counts nothing. Run it as root. The exit status is 1 if there is
    a fault; warnings and notes do not matter for it.
    """
    with told():
        status = 0
        try:
            loaded = load(session.env_file)
        except SettingsError as error:
            examination = _wrong_settings(error, session.env_file)
            status = WRONG_SETTINGS
        else:
            tools, systemd = session.tools, session.tools.systemd()
            account = _account(user, systemd)
            with closing(tools.database(loaded.settings)) as kept:
                machine = Machine(
                    loaded,
                    tools,
                    kept,
                    systemd,
                    account,
                    postfix_config,
                    has_postfix=not no_postfix,
                )
                checks = {
                    name: functools.partial(check, machine)
                    for name, check in CHECKS.items()
                }
                examination = examine(checks)
            status = FAILED if examination.count(Level.FAULT) else 0
        lines = as_lines(examination, quiet=quiet)
        for line in [as_json(examination)] if json_ else lines:
            click.echo(line)
        sys.exit(status)


def _wrong_settings(error: SettingsError, env_file: Path | None) -> Examination:
    where = env_file or next(filter(Path.is_file, ENV_FILES), ENV_FILES[-1])
    fix = f"correct it in {where}, or in the environment"
    if where.exists() and not os.access(where, os.R_OK):
        fix = AS_ROOT
    return Examination(1, [("settings", fault(e, fix)) for e in error.problems])


def _account(name: str | None, systemd: ServiceManager) -> Account | None:
    try:
        if name is not None:
            return Account.named(name)
    except CannotLook as error:
        raise click.UsageError(f"--user: {error}") from None
    with suppress(CannotLook):
        return Account.named(systemd.show(SERVICE, "User") or "rateguard")
    # Root may do everything, so nothing wrong is said of it.
    return Account.ours() if os.geteuid() == 0 else None
