"""
Commands that are imported when they are asked for.
"""

from __future__ import annotations

import gc
import importlib

from collections.abc import Mapping
from typing import Any, cast

import click


_HOME = "rateguard.entrypoints.commands"


class LazyGroup(click.Group):
    """
    Imports a command when it is asked for: a query of the database should not
    wait for the libraries of mail and web.

    Args:
        places: Where each command is: a module of ``commands``, and a name in
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
        """
        Return their names.
        """
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """
        Return a command, None if there is none of that name.
        """
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
