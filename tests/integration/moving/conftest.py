"""Installations of the programs that people come from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.moving.rate_limit import RateLimit, on_mysql, on_sqlite


@pytest.fixture(params=["sqlite", "mariadb"])
def rate_limit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RateLimit]:
    """A policyd-rate-limit with each of its databases that can be read."""
    with (
        on_sqlite(tmp_path)
        if request.param == "sqlite"
        else on_mysql(tmp_path, request.getfixturevalue("mariadb"))
    ) as installation:
        yield installation
