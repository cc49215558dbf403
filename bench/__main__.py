"""
``tox -e bench``: how fast, and still exact?

Prints a table and JSON. Machines are noisy: the rounds of all services take
turns, the median counts, and what to read is the ratio to the null responder
of the same rounds. A run from which the host of a virtual machine took more
than a hundredth of the processors is repeated, see ``bench.host``.
"""

from __future__ import annotations

import contextlib
import functools
import json
import platform

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import dotenv

from bench.comparisons import SCENARIOS, Options
from bench.crowd.filling import Crowd
from bench.rows import line_of
from bench.scenarios import Store
from bench.services import mariadb_store, sqlite_store
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.requirements import missing_for_mysql


@contextlib.contextmanager
def _stores(filled: Sequence[Path]) -> Iterator[dict[str, Store]]:
    if filled:
        yield {file.stem: functools.partial(_there, file) for file in filled}
        return
    stores: dict[str, Store] = {"SQLite": sqlite_store}
    if missing_for_mysql() is not None:
        yield stores
        return
    with PrivateMariaDb() as server:
        yield {**stores, "MariaDB": functools.partial(mariadb_store, server)}


@contextlib.contextmanager
def _there(file: Path) -> Iterator[dict[str, str]]:
    texts = dotenv.dotenv_values(file, interpolate=False)
    yield {name: text for name, text in texts.items() if text}


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="Of each run.")
@click.option("--rounds", default=3, show_default=True, help="The median counts.")
@click.option(
    "--scenario",
    "scenarios",
    type=click.Choice(list(SCENARIOS)),
    multiple=True,
    default=["speed"],
    help="speed: beside the null responder; filled: a million senders, and"
    " cleanup; webhook: a receiver that never answers; restart: 1000 requests/s and"
    " what they notice of it; commands: how long an operator waits at a large site."
    " Several may be named.",
)
@click.option(
    "--senders", default=Crowd().senders, show_default=True, help="For commands."
)
@click.option(
    "--messages", default=Crowd().messages, show_default=True, help="For commands."
)
@click.option(
    "--filled",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Settings (DB_...) of a store that commands filled before, to use it again."
    " Several may be named.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(  # noqa: PLR0913 - each is an option
    *,
    seconds: float,
    rounds: int,
    scenarios: tuple[str, ...],
    senders: int,
    messages: int,
    filled: tuple[Path, ...],
    json_file: Path | None,
) -> None:
    """Measure the daemon. Nothing else should run meanwhile."""
    if filled and scenarios != ("commands",):
        raise click.UsageError("--filled is for --scenario commands alone")
    options = Options(seconds, rounds, Crowd(senders, messages), bool(filled))
    rows: list[dict[str, Any]] = []
    with _stores(filled) as stores:
        for name in scenarios:
            for row in SCENARIOS[name](stores, options):
                rows.append(row)
                click.echo(line_of(row))
    text = json.dumps({"python": platform.python_version(), "rows": rows}, indent=1)
    if json_file is None:
        click.echo(text)
    else:
        json_file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
