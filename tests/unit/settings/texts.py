"""Short ways from variables to settings, or to what is wrong with them."""

from __future__ import annotations

import pytest

from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.environment import SettingsError, parse


def settings(**variables: str) -> Settings:
    """Return the settings that these variables mean."""
    return parse(variables).settings


def problems(**variables: str) -> tuple[str, ...]:
    """Return what is wrong with these variables."""
    with pytest.raises(SettingsError) as caught:
        parse(variables)
    return caught.value.problems
