"""
How a setting is declared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import environ

from rateguard.entrypoints.settings.values import parsed


@attrs.frozen
class Declaration:
    """
    What an operator reads about a setting.

    Attributes:
        default: As text; ``""`` if there is none or it depends on others.
    """

    name: str
    default: str
    meaning: str


DECLARATIONS: list[Declaration] = []
"""Every setting, in the order of the documentation."""

SECRETS = frozenset(
    {"DB_PASSWORD", "WEBHOOK_URL", "WEBHOOK_SECRET", "MAIL_PASSWORD", "SENTRY_DSN"}
)


def setting(
    name: str,
    default: str,
    parse: Callable[[str], Any],
    expected: str,
    meaning: str,
) -> Any:  # noqa: ANN401 - an attrs field
    """
    Declare an attribute of the settings.
    """
    DECLARATIONS.append(Declaration(name, default, meaning))
    converter = parsed(parse, expected)
    return environ.var(default, name=name, converter=converter, help=meaning)
