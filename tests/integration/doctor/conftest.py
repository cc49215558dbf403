"""A daemon for all tests, a machine around it for each."""

from __future__ import annotations

import shutil
import tempfile

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.doctor.machine import Machine
from tests.integration.doctor.making import good_machine
from tests.integration.rigs.daemon import PrivateDaemon
from tests.integration.rigs.requirements import (
    check_traversable,
    missing_for_postfix,
    require,
)


@pytest.fixture(scope="package")
def daemon() -> Iterator[PrivateDaemon]:
    """A daemon that listens inside of a queue, outside of it, and on a port."""
    require("postfix", missing_for_postfix())
    # Not tmp_path: the user postfix has to get through.
    folder = Path(tempfile.mkdtemp(prefix="rateguard-doctor-"))
    check_traversable(folder)
    folder.chmod(0o755)
    (folder / "queue").mkdir()
    sockets = f"{folder}/queue/rateguard/policy {folder}/outside/policy 127.0.0.1,0"
    settings = {"SOCKET": sockets, "SOCKET_GROUP": "postfix"}
    try:
        with PrivateDaemon(folder, settings) as daemon:
            yield daemon
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def machine(daemon: PrivateDaemon) -> Iterator[Machine]:
    """A good machine, to be made worse."""
    with tempfile.TemporaryDirectory(dir=daemon.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield good_machine(
            daemon=daemon,
            template=daemon.folder / "rateguard.db",
            folder=folder,
            queue=daemon.folder / "queue",
        )
