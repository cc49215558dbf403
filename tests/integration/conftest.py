"""Servers of our own, started once and only where a test asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.rigs.mailserver import PrivateMailServer
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.rigs.requirements import (
    missing_for_mysql,
    missing_for_postfix,
    require,
)


if TYPE_CHECKING:
    from collections.abc import Iterator

USERS = {
    name: f"the password of {name}"
    for name in (
        "alice@example.org",
        "Alice@Example.ORG",
        "bob@example.org",
        "carol",
        "jörg@example.org",
        "l" * 3000 + "@example.org",
    )
}


@pytest.fixture(scope="session")
def mariadb() -> Iterator[PrivateMariaDb]:
    """A MariaDB for the whole session: take a database of your own."""
    require("mysql", missing_for_mysql())
    with PrivateMariaDb() as server:
        yield server
        # In order it writes for seconds what is then deleted.
        server.crash()


@pytest.fixture(scope="session")
def mailserver() -> Iterator[PrivateMailServer]:
    """A Postfix for the whole session: take a submission service of your own."""
    require("postfix", missing_for_postfix())
    with PrivateMailServer(USERS) as server:
        yield server
