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
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word not in self._places and word[:1] != "-" and not ctx.resilient_parsing:
            from rateguard.entrypoints.cli.completion import did_you_mean, meant  # noqa: PLC0415 - slow

            advice = did_you_mean(meant(word, self._places))
            ctx.fail(f"no such command: {word}{advice and f'; {advice}'}")
        return super().resolve_command(ctx, args)


COMMANDS = {
    "serve": "service:serve",
    "migrate": "service:migrate",
    "cleanup": "cleanup:cleanup",
    "check-config": "service:check_config",
    "ask": "service:ask",
    "notify": "notify:notify",
    "status": "status:status",
    "sender": "senders:sender",
    "incident": "incident:incident",
    "messages": "messages:messages",
    "history": "history:history",
    "completion": "completion:completion",
    "doctor": "doctor.command:doctor",
    "import": "import_:import_",
}


@click.group(
    cls=LazyGroup,
    places=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "Exit status: 0 success, 1 failure, 2 wrong settings or a wrong command"
        " line. Settings come from the environment, then from the settings file."
    ),
)
@click.version_option(__version__, prog_name="rateguard")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    help="Settings file; default: .env, else /etc/rateguard/rateguard.env.",
)
@click.pass_context
def main(context: click.Context, env_file: Path | None) -> None:
    """Limit how much mail each sender may send through Postfix."""
    context.obj = attrs.evolve(context.obj, env_file=env_file)
    # Nothing is looked through once more only to end: 25 ms.
    context.call_on_close(gc.freeze)
