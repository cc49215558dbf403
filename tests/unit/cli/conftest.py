"""Fixtures for what is shown."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs tests side by side sets a size."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
