"""``rateguard completion``."""

from __future__ import annotations

import click

from click.shell_completion import BashComplete, FishComplete, ZshComplete


_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """
    Print a script that completes commands, options and senders.

    For bash: rateguard completion bash >
    /etc/bash_completion.d/rateguard
    """
    root = context.find_root().command
    script = _SHELLS[shell](root, {}, "rateguard", "_RATEGUARD_COMPLETE")
    click.echo(script.source())
