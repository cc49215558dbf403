"""The command line."""

from __future__ import annotations

import gc
import importlib

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import attrs
import click

from rateguard import __version__


_HOME = "rateguard.entrypoints.cli"


class LazyGroup(click.Group):
    """
    Imports a command when it is asked for: a query of the database should not
    wait for the libraries of mail and web.

    Args:
        places: Where each command is: a module of ``cli``, and a name in
            it; in the order of an operator's day.
    """

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 - as click has them
        places: Mapping[str, str],
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*arguments, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, None if there is none of that name."""
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name].partition(":")
        # Nothing of what is imported is garbage: not to be looked through.
        gc.disable()
        try:
            room = importlib.import_module(f"{_HOME}.{module}")
        finally:
            gc.enable()
        return cast("click.Command", getattr(room, name))


COMMANDS = {
    "serve": "serve:serve",
    "migrate": "migrate:migrate",
    "cleanup": "cleanup:cleanup",
    "check-config": "check_config:check_config",
    "ask": "ask:ask",
    "notify": "notify:notify",
    "status": "status.words:status",
    "sender": "senders:sender",
    "messages": "messages:messages",
    "history": "history:history",
    "completion": "completion:completion",
    "doctor": "doctor.command:doctor",
    "import": "import_:import_",
}

_EPILOG = (
    "Exit status: 0 done, 1 it could not be done, 2 wrong settings or a wrong"
    " command line. Settings come from the environment, then from a .env file."
)


@click.group(cls=LazyGroup, places=COMMANDS, epilog=_EPILOG)
@click.version_option(__version__, prog_name="rateguard")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help="Settings file; else .env, else /etc/rateguard/rateguard.env.",
)
@click.pass_context
def main(context: click.Context, env_file: Path | None) -> None:
    """The sender quota guard for Postfix."""
    context.obj = attrs.evolve(context.obj, env_file=env_file)
    # Nothing is looked through once more only to end: 25 ms.
    context.call_on_close(gc.freeze)
