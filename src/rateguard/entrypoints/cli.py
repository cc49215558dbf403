"""
The command line.
"""

from __future__ import annotations

import gc
import importlib

from pathlib import Path
from typing import cast

import click

from rateguard import __version__


COMMANDS = {
    "serve": "serve:serve",
    "migrate": "migrate:migrate",
    "cleanup": "cleanup:cleanup",
    "check-config": "check_config:check_config",
    "ask": "ask:ask",
    "notify": "notify:notify",
    "status": "status:status",
    "sender": "sender_orders:sender",
    "messages": "messages:messages",
    "history": "history:history",
    "completion": "completion:completion",
    "doctor": "doctor:doctor",
    "import": "import_:import_",
}
"""Where each command is: a module of ``commands``, and a name in it."""

_HOME = "rateguard.entrypoints.commands"
_EPILOG = (
    "Exit status: 0 done, 1 it could not be done, 2 wrong settings or a wrong"
    " command line. Settings come from the environment, then from a .env file."
)


class LazyGroup(click.Group):
    """
    Imports a command when it is asked for: a query of the database should not
    wait for the libraries of mail and web.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """
        Return their names, in the order of an operator's day.
        """
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """
        Return a command, None if there is none of that name.
        """
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        # Nothing of what is imported is garbage: not to be looked through.
        gc.disable()
        try:
            room = importlib.import_module(f"{_HOME}.{module}")
        finally:
            gc.enable()
        return cast("click.Command", getattr(room, name))


@click.group(cls=LazyGroup, epilog=_EPILOG)
@click.version_option(__version__, prog_name="rateguard")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help="Settings file; else .env, else /etc/rateguard/rateguard.env.",
)
@click.pass_context
def main(context: click.Context, env_file: Path | None) -> None:
    """
    The sender quota guard for Postfix.
    """
    context.obj = env_file
