"""
Every setting: its name, its default, its meaning.

They are declared in the rooms of those whom they concern; the order of the
declarations is that of the documentation.
"""

from __future__ import annotations

import environ

from rateguard.entrypoints.settings.notify import NotifySettings
from rateguard.entrypoints.settings.values import (
    DECLARATIONS,
    SECRETS,
    Declaration,
)


__all__ = ["DECLARATIONS", "SECRETS", "Declaration", "Settings"]


@environ.config(prefix="", frozen=True)
class Settings(NotifySettings):
    """All settings; each attribute is the variable's name in lower case."""

    def __repr__(self) -> str:
        """Show nothing: passwords are among them."""
        return "Settings(…)"
