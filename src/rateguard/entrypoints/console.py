"""
How every command tells what went wrong.
"""

from __future__ import annotations

import sys

from collections.abc import Iterator
from contextlib import contextmanager

import click

from rateguard.domain.errors import RateGuardError
from rateguard.entrypoints.environment import Loaded, SettingsError


FAILED = 1
"""Exit status: it could not be done."""

WRONG_SETTINGS = 2
"""Exit status: wrong settings, or a wrong command line."""


@contextmanager
def told() -> Iterator[None]:
    """
    Tell errors in a line each, not in a traceback.
    """
    try:
        yield
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"rateguard: {problem}", err=True)
        sys.exit(WRONG_SETTINGS)
    except BrokenPipeError:
        # Who reads our output has had enough: click ends us without a word.
        raise
    except (RateGuardError, OSError) as error:
        for line in str(error).splitlines() or [type(error).__name__]:
            click.echo(f"rateguard: {line}", err=True)
        sys.exit(FAILED)


def warned(loaded: Loaded) -> Loaded:
    """
    Return the settings, after telling what is odd.
    """
    for warning in loaded.warnings:
        click.echo(f"rateguard: {warning}", err=True)
    return loaded
