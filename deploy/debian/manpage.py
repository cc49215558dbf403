"""
Prints rateguard(8), made from the commands and the settings themselves.

    python3 deploy/debian/manpage.py > rateguard.8

SOURCE_DATE_EPOCH, if set, is the date of the page.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
import time

from collections.abc import Iterator

import click

from rateguard import __version__
from rateguard.entrypoints.cli.main import main
from rateguard.entrypoints.settings import DECLARATIONS


NAME = "rateguard"

FILES = {
    "/etc/rateguard/rateguard.env": "Settings, unless --env-file or a .env file is used.",
    "/var/lib/rateguard/rateguard.db": "The database, unless it is on a server.",
    "/usr/share/doc/rateguard": "All pages of the documentation.",
    "/usr/share/rateguard": "Alert rules for Prometheus, a dashboard for Grafana.",
}

EXAMPLES = {
    "rateguard status": "See whether all is well.",
    "rateguard doctor": "Find what is wrong with RateGuard and Postfix here.",
    "rateguard sender top": "See who sends the most.",
    "rateguard sender suspend jane@example.com --reason 'password stolen'": (
        "Block all mail of a sender."
    ),
}


def escaped(text: str) -> str:
    """Return text that troff shows as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def paragraphs(text: str) -> Iterator[str]:
    """Yield a help text, its lines filled by troff."""
    for number, part in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        # click's sign for a paragraph that keeps its lines.
        kept = part.lstrip().startswith("\b")
        lines = [line.strip() for line in part.replace("\b", "").strip().splitlines()]
        if kept:
            yield from (".nf", *map(escaped, lines), ".fi")
        else:
            yield escaped(" ".join(lines))


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the options of a command, but ``--help``."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        arguments = isinstance(parameter, click.Argument)
        if record is None or arguments or "--help" in parameter.opts:
            continue
        yield from (".TP", f"\\fB{escaped(record[0])}\\fR", escaped(record[1]))


def commands(group: click.Group, context: click.Context) -> Iterator[str]:
    """Yield each command of a group, and each of those that are groups."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from commands(command, inner)
            continue
        usage = " ".join([inner.command_path, *command.collect_usage_pieces(inner)])
        yield f'.SS "{escaped(usage.removeprefix(NAME + " "))}"'
        yield from paragraphs(command.help or "")
        yield from options(command, inner)


def definitions(pairs: dict[str, str]) -> Iterator[str]:
    """Yield names and what they are."""
    for name, text in pairs.items():
        yield from (".TP", f"\\fB{escaped(name)}\\fR", escaped(text))


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    seconds = int(epoch) if epoch else time.time()
    date = dt.datetime.fromtimestamp(seconds, dt.UTC).date()
    context = click.Context(main, info_name=NAME)
    yield f'.TH RATEGUARD 8 "{date}" "RateGuard {__version__}"'
    yield from (".SH NAME", f"{NAME} \\- sender quota guard for Postfix")
    yield ".SH SYNOPSIS"
    yield f"\\fB{NAME}\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]..."
    yield ".SH DESCRIPTION"
    yield from paragraphs(
        "RateGuard limits how many messages and recipients each authenticated"
        " sender may send per day. rateguard serve answers the"
        " check_policy_service of Postfix; all other commands show what was"
        " counted, or change it. Each has --help."
    )
    yield ".SH OPTIONS"
    yield from options(main, context)
    yield ".SH COMMANDS"
    yield from commands(main, context)
    yield ".SH SETTINGS"
    yield "Environment variables, or lines of the settings file."
    yield from definitions(
        {
            f"{each.name}={each.default}" if each.default else each.name: each.meaning
            for each in DECLARATIONS
        }
    )
    yield ".SH EXIT STATUS"
    yield from definitions(
        {
            "0": "Success.",
            "1": "Failure; with status and doctor: something needs attention.",
            "2": "Wrong settings, or a wrong command line.",
        }
    )
    yield ".SH FILES"
    yield from definitions(FILES)
    yield ".SH EXAMPLES"
    yield from definitions(EXAMPLES)
    yield ".SH SEE ALSO"
    yield "\\fBpostconf\\fR(5), \\fBsystemctl\\fR(1)"


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()) + "\n")
