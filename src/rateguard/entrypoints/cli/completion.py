"""Names on the command line: completed by the shell, corrected where mistyped."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rateguard.domain.errors import RateGuardError
from rateguard.domain.ports import UnitOfWork
from rateguard.domain.reports import SenderQuery, SenderSort
from rateguard.domain.submission import sender_key
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.environment import Loaded, load, parse


if TYPE_CHECKING:
    import datetime as dt

    from click.shell_completion import CompletionItem

_MOST_COMPLETED = 50
_MOST_COMPARED = 1000


class _Sender(click.ParamType[str]):
    """Gives the command a canonical key; the shell completes it."""

    name = "sender"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        return sender_key(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer none if the database cannot be asked at once."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - slow

        try:
            found = _beginning(ctx.find_root(), sender_key(incomplete))
        except (RateGuardError, OSError):
            found = []
        return [CompletionItem(name) for name in found if name.isprintable()]


SENDER = _Sender()


def _beginning(root: click.Context, begin: str) -> list[str]:
    env_file = root.params.get("env_file")
    loaded = load(Path(env_file) if env_file else None)
    tools = root.obj.tools
    database = tools.database(hasty(loaded))
    if not database.exists():
        return []
    # Not the looking unit, which would wait.
    with database.reading_unit() as unit:
        return _names(unit, tools.clock.now(), _MOST_COMPLETED, beginning=begin)


def hasty(loaded: Loaded) -> Settings:
    """Return the same settings for a question that need not be answered."""
    return parse({**loaded.environment, "DB_TIMEOUT": "1"}).settings


def _names(unit: UnitOfWork, at: dt.datetime, limit: int, **asked: str) -> list[str]:
    query = SenderQuery(sort=SenderSort.SENDER, limit=limit, **asked)  # type: ignore[arg-type]
    return [entry.counter.sender for entry in unit.reports.senders(query, at=at)]


def similar_senders(unit: UnitOfWork, sender: str, at: dt.datetime) -> list[str]:
    """
    Return senders that may have been meant, the likeliest first: of this name in a
    domain like this one, or of a name like this one in this domain. Looks at few.
    """
    local, at_sign, domain = sender.partition("@")
    suffix = at_sign + domain
    beginning = _names(unit, at, _MOST_COMPARED, beginning=f"{local}@")
    if not domain:
        similar = beginning[:3]
    else:
        domains = meant(domain, (each.partition("@")[2] for each in beginning))
        similar = [f"{local}@{each}" for each in domains]
    others = []
    for begin in (local[:1], ""):
        asked = {"containing": suffix, "beginning": begin}
        others += _names(unit, at, _MOST_COMPARED, **asked)
    locals_ = (each.removesuffix(suffix) for each in others if each.endswith(suffix))
    return similar + [each + suffix for each in meant(local, locals_)]


def meant(word: str, known: Iterable[str]) -> list[str]:
    """Return up to three of the known words that are like this one."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for mistakes

    return get_close_matches(word, list(dict.fromkeys(known)))


def did_you_mean(words: Iterable[str]) -> str:
    """Return the question; ``""`` if there is nothing to suggest."""
    listed = " or ".join(words)
    return f"did you mean {listed}?" if listed else ""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """
    Print a script that completes commands, options and senders.

    For bash: rateguard completion bash >
    /etc/bash_completion.d/rateguard
    """
    from click import shell_completion  # noqa: PLC0415 - slow

    script = getattr(shell_completion, f"{shell.capitalize()}Complete")
    root = context.find_root().command
    click.echo(script(root, {}, "rateguard", "_RATEGUARD_COMPLETE").source())
