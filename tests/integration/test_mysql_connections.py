"""
What it takes to connect to a server.
"""

from __future__ import annotations

import contextlib
import ssl

from typing import Any

import attrs
import pytest

from rateguard.adapters.sql.mysql import mysql_dialect
from tests.integration.rigs.mariadb import PrivateMariaDb
from tests.integration.stores import mariadb_login


def test_a_connection_over_tcp_reads_no_certificates(
    mariadb: PrivateMariaDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    To read all that the system trusts takes 40 ms of the interpreter, in which
    no request is answered, and nothing would be verified with them.
    """
    login = attrs.evolve(mariadb_login(mariadb, "mysql"), host=mariadb.host)
    read: list[tuple[Any, ...]] = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *a: read.append(a))
    with contextlib.closing(mysql_dialect(login).connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        answered = cursor.fetchone()

    assert answered == (1,)
    assert read == []
