"""
``tox -e bench``: how fast, how dear, and still exact?

Prints a table and JSON. Machines are noisy: all services take turns, the
median counts, and what to read are the ratios: to the null responder of the
same rounds or, with ``--against``, to the program of another revision. A run from
which the host of a virtual machine took more than a hundredth of the processors
is repeated, see ``bench.host``.
"""

from __future__ import annotations

import contextlib
import functools
import json
import platform

from pathlib import Path
from typing import Any

import click

from bench.comparisons import SCENARIOS, Options, line_of
from bench.crowd import Crowd
from bench.services import Program, Store, mariadb_store, revision, sqlite_store
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.requirements import missing_for_mysql


@click.command()
@click.option("--seconds", default=5.0, show_default=True, help="Of each run.")
@click.option("--rounds", default=4, show_default=True, help="The median counts.")
@click.option(
    "--scenario",
    "scenarios",
    type=click.Choice(list(SCENARIOS)),
    multiple=True,
    default=["closed", "open"],
    help="closed: as fast as it can, with 50 connections and one; open: requests at a"
    " quarter, half and three quarters of that; filled: a million senders, and"
    " cleanup; webhook: a receiver that never answers; restart: 1000 requests/s and"
    " what they notice of it; commands: how long an operator waits at a large site."
    " Several may be named.",
)
@click.option(
    "--against",
    metavar="REVISION",
    help="Run the program of this revision too, in turn with this one. For closed,"
    " open and commands.",
)
@click.option("--store", "only", type=click.Choice(["SQLite", "MariaDB"]))
@click.option("--senders", default=1_000_000, help="For filled and commands.")
@click.option("--messages", default=10_000_000, help="For filled and commands.")
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(  # noqa: PLR0913 - each is an option
    *,
    seconds: float,
    rounds: int,
    scenarios: tuple[str, ...],
    against: str | None,
    only: str | None,
    senders: int,
    messages: int,
    json_file: Path | None,
) -> None:
    """Measure the daemon. Nothing else should run meanwhile."""
    rows: list[dict[str, Any]] = []
    with contextlib.ExitStack() as stack:
        programs = [Program()]
        if against is not None:
            programs.insert(0, stack.enter_context(revision(against)))
        stores: dict[str, Store] = {"SQLite": sqlite_store}
        if only != "SQLite" and missing_for_mysql() is None:
            server = stack.enter_context(PrivateMariaDb())
            stores["MariaDB"] = functools.partial(mariadb_store, server)
        if only is not None:
            stores = {only: stores[only]}
        crowd = Crowd(senders, messages)
        options = Options(stores, programs, seconds, rounds, crowd)
        for name in scenarios:
            for row in SCENARIOS[name](options):
                rows.append(row)
                click.echo(line_of(row))
    text = json.dumps({"python": platform.python_version(), "rows": rows}, indent=1)
    if json_file is None:
        click.echo(text)
    else:
        json_file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
