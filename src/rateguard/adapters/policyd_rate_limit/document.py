"""The settings file."""

from __future__ import annotations

from pathlib import Path

import yaml

from rateguard.adapters.policyd_rate_limit.settings import (
    LimitSettings,
    understood,
)
from rateguard.domain.errors import SourceUnreadable


def read(path: Path) -> LimitSettings:
    """
    Return what the file says.

    Raises:
        SourceUnreadable: a line for each thing that is wrong.
    """
    if path.suffix == ".conf":
        raise SourceUnreadable(
            f"{path}: the old format is a program and is not run;"
            " write its limits into a .yaml file as of policyd-rate-limit 0.6"
        )
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceUnreadable(f"{path}: cannot be read: {error}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # ValueError: a date that is none.
        raise SourceUnreadable(f"{path}: is not YAML: {_where(error)}") from error
    try:
        return understood(document)
    except SourceUnreadable as error:
        lines = str(error).splitlines()
        raise SourceUnreadable("\n".join(f"{path}: {line}" for line in lines)) from None


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return problem if mark is None else f"line {mark.line + 1}: {problem}"
