"""The house is built as DESIGN has it."""

from __future__ import annotations

import subprocess
import sys

from pathlib import Path

import pytest

import rateguard

from tests.unit.architecture import (
    HOMES,
    by_folder,
    circles,
    complaints,
    imports_of,
)


SOURCES = Path(rateguard.__file__).parent


def modules() -> dict[str, Path]:
    """
    Return every module of RateGuard by its dotted name. An installed package
    has the migrations inside, which are yoyo's and no rooms of the house.
    """
    found = {}
    for file in SOURCES.rglob("*.py"):
        if file.is_relative_to(SOURCES / "migrations"):
            continue
        parts = ("rateguard", *file.relative_to(SOURCES).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = file
    return found


MODULES = modules()

MODEL = "rateguard.domain.quota"
PORTS = "rateguard.domain.ports"
USECASE = "rateguard.domain.usecases.judge"
CODEC = "rateguard.adapters.postfix.codec"
SQL = "rateguard.adapters.sql.mysql"
MEMORY = "rateguard.adapters.memory"
SETTINGS = "rateguard.entrypoints.settings"
LOG = "rateguard.entrypoints.log.config"
DAEMON = "rateguard.entrypoints.daemon.server"
CLI = "rateguard.entrypoints.cli.main"
CONTAINER = "rateguard.entrypoints.container"

WRONG = [
    (MODEL, "import rateguard.domain.ports"),
    (MODEL, "from rateguard.domain import ports"),
    (MODEL, "from rateguard.domain.ports import Clock"),
    (MODEL, "from . import ports"),
    (MODEL, "from .ports import Clock"),
    (MODEL, "from .usecases.cleanup import PurgeMessages"),
    (MODEL, "from rateguard.adapters.memory import MemoryStore"),
    (MODEL, "from rateguard.entrypoints.settings import Settings"),
    (MODEL, "from ..entrypoints import settings"),
    (MODEL, "import os"),
    (MODEL, "import os.path"),
    (MODEL, "from os import path"),
    (MODEL, "import socket"),
    (MODEL, "import logging"),
    (MODEL, "import threading"),
    (MODEL, "import time"),
    (MODEL, "import pymysql"),
    (MODEL, "import attr"),
    (MODEL, "def later():\n    import time"),
    (MODEL, "if TYPE_CHECKING:\n    import logging"),
    (MODEL, "import importlib\nimportlib.import_module('time')"),
    (MODEL, "import_module('rateguard.entrypoints.settings')"),
    (MODEL, "__import__('time')"),
    (MODEL, "import datetime as dt\nat = dt.datetime.now(dt.UTC)"),
    (MODEL, "from datetime import date\nat = date.today()"),
    (MODEL, "open('/etc/passwd')"),
    (MODEL, "print('x')"),
    (PORTS, "from rateguard.domain.usecases.cleanup import PurgeMessages"),
    (PORTS, "from rateguard.adapters.clock import SystemClock"),
    (PORTS, "import threading"),
    (USECASE, "from rateguard.domain.usecases import cleanup"),
    (USECASE, "from rateguard.domain.usecases.cleanup import PurgeMessages"),
    (USECASE, "from .cleanup import PurgeMessages"),
    (USECASE, "from rateguard.adapters.memory import MemoryStore"),
    (USECASE, "import logging"),
    (CODEC, "from rateguard.adapters.sql.pool import ConnectionPool"),
    (CODEC, "from rateguard.domain.usecases.cleanup import PurgeMessages"),
    (CODEC, "from rateguard.entrypoints.settings import Settings"),
    (CODEC, "import click"),
    (SQL, "from rateguard.adapters.postfix.codec import PolicyReceiver"),
    (SQL, "from rateguard.entrypoints import settings"),
    (SQL, "import requests"),
    (SQL, "import os\nhome = os.environ['HOME']"),
    (MEMORY, "import sqlite3"),
    (MEMORY, "from rateguard.adapters.clock import SystemClock"),
    (SETTINGS, "import os\nhome = os.environ.get('HOME')"),
    (SETTINGS, "import os as system\nhome = system.getenv('HOME')"),
    (SETTINGS, "from os import environ"),
    (SETTINGS, "from os import *"),
    (SETTINGS, "from dependency_injector import containers"),
    (CONTAINER, "import pymysql"),
    (CONTAINER, "from pymysql.constants import ER"),
    (CONTAINER, "import sentry_sdk"),
    (SETTINGS, "from rateguard.entrypoints.container import compose"),
    (SETTINGS, "from rateguard.entrypoints.daemon.server import Server"),
    (SETTINGS, "from rateguard.domain.usecases.judge import JudgeSubmissions"),
    (LOG, "from rateguard.entrypoints.cli.session import told"),
    (DAEMON, "from rateguard.entrypoints.container import compose"),
    (DAEMON, "from rateguard.entrypoints.cli.session import told"),
    (DAEMON, "from rateguard.adapters.sql.mysql import MysqlServer"),
    (DAEMON, "def later():\n    from rateguard.adapters.clock import SystemClock"),
    (CLI, "from rateguard.entrypoints.container import compose"),
    (CLI, "from rateguard.entrypoints.daemon.server import Server"),
    (CLI, "from rateguard.adapters.systemd import units"),
    (CLI, "import_module('rateguard.adapters.clock')"),
    ("rateguard", "from rateguard.entrypoints.cli.main import main"),
]

RIGHT = [
    (MODEL, "import datetime as dt\nimport hashlib\nimport attrs"),
    (MODEL, "from rateguard.domain.counter import SenderCounter"),
    (MODEL, "from .counter import SenderCounter"),
    (PORTS, "from rateguard.domain.counter import SenderCounter"),
    (USECASE, "from rateguard.domain.ports import Clock\nat = clock.now()"),
    (CODEC, "from rateguard.domain.ports import Clock\nimport re\nimport attrs"),
    (CODEC, "from rateguard.adapters.postfix.translate import Replies"),
    (SQL, "import sqlite3\nimport pymysql\nfrom dbutils.pooled_db import PooledDB"),
    ("rateguard.adapters.notify.webhook", "import requests\nimport jwt"),
    ("rateguard.adapters.notify.webhook", "from rateguard import __version__"),
    ("rateguard.adapters.sentry", "import sentry_sdk"),
    (
        "rateguard.entrypoints.settings.environment",
        "import os\nhome = os.environ['HOME']",
    ),
    (SETTINGS, "import environ\nimport os\nfrom rateguard.adapters.sql import mysql"),
    (LOG, "from rateguard.entrypoints.settings import Settings"),
    (DAEMON, "from rateguard.domain.usecases.judge import JudgeSubmissions"),
    (CLI, "from rateguard.entrypoints.settings import Settings"),
    (CONTAINER, "from rateguard.entrypoints.daemon.server import Server"),
    (CONTAINER, "from dependency_injector import containers"),
]


class TestHouse:
    @pytest.mark.parametrize("module", sorted(MODULES))
    def test_keeps_its_walls(self, module: str) -> None:
        """No module imports what is not for it."""
        assert list(complaints(module, MODULES[module].read_text("utf-8"))) == []

    def test_has_no_circles_of_files(self) -> None:
        """Not even by way of an import that waits until it is needed."""
        sources = {name: file.read_text("utf-8") for name, file in MODULES.items()}

        assert circles(imports_of(sources)) == []

    def test_has_no_circles_of_folders(self) -> None:
        """Of two neighbours only one knows the other, whatever is inside them."""
        sources = {name: file.read_text("utf-8") for name, file in MODULES.items()}

        assert circles(by_folder(imports_of(sources))) == []

    def test_is_here(self) -> None:
        """A rule about files that were renamed would hold for ever."""
        named = {MODEL, PORTS, USECASE, CODEC, SQL, MEMORY, SETTINGS, LOG}
        named |= {DAEMON, CLI, CONTAINER}

        assert named <= set(MODULES)


class TestChecker:
    @pytest.mark.parametrize(("module", "line"), WRONG)
    def test_complains(self, module: str, line: str) -> None:
        """Of each rule that is broken by one line more."""
        source = MODULES[module].read_text("utf-8")

        assert len(list(complaints(module, f"{source}\n{line}\n"))) >= 1

    @pytest.mark.parametrize(("module", "line"), RIGHT)
    def test_does_not_complain(self, module: str, line: str) -> None:
        """Of what is allowed."""
        assert list(complaints(module, line)) == []

    @pytest.mark.parametrize("library", HOMES)
    def test_knows_each_librarys_only_home(self, library: str) -> None:
        """Elsewhere it is complained of, also in the entrypoints."""
        line = f"import {library}"

        assert list(complaints(HOMES[library], line)) == []
        assert list(complaints("rateguard.entrypoints.daemon.server", line)) != []
        assert list(complaints("rateguard.adapters.postfix.codec", line)) != []


class TestCircles:
    def test_of_files_are_seen(self) -> None:
        """Through any number of others, and where a function imports."""
        sources = {
            "rateguard.a": "import rateguard.b",
            "rateguard.b": "def later():\n    from rateguard import c",
            "rateguard.c": "from rateguard.a import thing",
            "rateguard.d": "import rateguard.a",
        }

        found = circles(imports_of(sources))

        assert found == [["rateguard.a", "rateguard.b", "rateguard.c"]]

    def test_of_folders_are_seen(self) -> None:
        """Though no file imports itself."""
        sources = {
            "rateguard.a.one": "import rateguard.b.one",
            "rateguard.b.one": "",
            "rateguard.b.two": "import rateguard.a.two",
            "rateguard.a.two": "",
        }

        imports = imports_of(sources)

        assert circles(imports) == []
        assert circles(by_folder(imports)) == [["rateguard.a", "rateguard.b"]]


_LOADS_DOMAIN = """
import sys
sys.path[:] = {path!r}
before = set(sys.modules)
import importlib
for module in {modules!r}:
    importlib.import_module(module)
tops = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(tops - set(sys.stdlib_module_names)))
print(*sorted(name for name in sys.modules if name.startswith("rateguard.")))
"""


class TestDomain:
    def test_loads_nothing_but_itself_and_attrs(self) -> None:
        """In a fresh interpreter, all of it, with all that it pulls in."""
        domain = sorted(name for name in MODULES if "rateguard.domain" in name)
        code = _LOADS_DOMAIN.format(path=sys.path, modules=domain)

        done = subprocess.run(
            [sys.executable, "-I", "-c", code],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        )

        tops, loaded = done.stdout.splitlines()
        assert tops.split() == ["attr", "attrs", "rateguard"]
        assert domain == loaded.split()


_MAKES_A_DAEMON = """
import sys
sys.path[:] = {path!r}
from rateguard.entrypoints.settings.environment import parse
from rateguard.entrypoints.container import daemon_container
container = daemon_container(parse({{}}))
container.dispatchers(), container.database().schema, container.judge()
print(*sorted({libraries!r} & set(sys.modules)))
"""


class TestDaemon:
    def test_loads_nothing_that_is_not_configured(self) -> None:
        """Its start, and each of those in the tests, would take twice as long."""
        # The container looks whether there is a yaml, for settings of its own.
        libraries = {*HOMES, "http.server"} - {"yaml"}
        code = _MAKES_A_DAEMON.format(path=sys.path, libraries=libraries)

        done = subprocess.run(
            [sys.executable, "-I", "-c", code],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        )

        assert done.stdout.split() == ["dbutils", "dependency_injector", "sqlite3"]
