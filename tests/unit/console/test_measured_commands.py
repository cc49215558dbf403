"""The benchmark's list of commands keeps up with the commands."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bench.command_lines import command_lines
from rateguard.entrypoints.cli.main import main


LOOKING = (
    *("sender list", "sender top", "sender show", "messages", "history", "status"),
    *("check-config", "notify list"),
)
# Shows the same again and again, without an end.
ENDLESS = {("sender top", "watch", "given")}
NAMES = {
    "half": "500",
    "deep": "900",
    "busy": "a@example.org",
    "quiet": "b@example.org",
    "address": "192.0.2.1",
    "name": "host-1",
    "queue_id": "4QA",
    "old_queue_id": "4QB",
}

Use = tuple[str, str, str]


def parsed(*words: str) -> click.Context:
    """Return a command line as click reads it, not carried out."""
    context = click.Context(main)
    rest = list(words)
    known: click.Command = main
    path: list[str] = []
    while isinstance(known, click.Group):
        name, found, rest = known.resolve_command(context, rest)
        assert name is not None
        assert found is not None
        path.append(name)
        known = found
    return known.make_context(" ".join(path), rest)


def used(context: click.Context) -> Iterator[Use]:
    """Yield what a command line names: of a switch, also which way."""
    for parameter in context.command.params:
        assert parameter.name is not None
        source = context.get_parameter_source(parameter.name)
        if source is click.core.ParameterSource.COMMANDLINE:
            way = str(context.params[parameter.name])
            two_ways = bool(parameter.secondary_opts)
            yield str(context.info_name), parameter.name, way if two_ways else "given"


def usable(command: str) -> Iterator[Use]:
    """Yield what a command takes."""
    arguments = ("a@example.org",) if command == "sender show" else ()
    for parameter in parsed(*command.split(), *arguments).command.params:
        assert parameter.name is not None
        for way in ("True", "False") if parameter.secondary_opts else ("given",):
            yield command, parameter.name, way


LINES = [str(line) for line in command_lines(NAMES)]


def test_each_way_to_look_is_measured() -> None:
    """
    Every option of the commands that only look is in one of the lines, and each
    line can be typed.
    """
    named = {use for line in LINES for use in used(parsed(*line.split()))}
    expected = {use for command in LOOKING for use in usable(command)} - ENDLESS

    assert set() == expected - named


def test_no_line_is_there_twice() -> None:
    """The runs of a line are told apart by its words."""
    assert sorted(set(LINES)) == sorted(LINES)
