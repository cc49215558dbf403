"""The store that docs/custom-storage.md works through keeps the contract."""

from __future__ import annotations

import re
import sys

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from tests.integration.contracts.rig import StoreRig
from tests.integration.contracts.test_charged_once import TestAskedAgain, TestGrown
from tests.integration.contracts.test_concurrency import TestOneSender
from tests.integration.contracts.test_counters import TestLock, TestSave
from tests.integration.contracts.test_earlier_charges import TestAmend, TestCharges
from tests.integration.contracts.test_units import TestExclusive, TestNotCommitted
from tests.integration.stores import Open, Store


__all__ = [
    "TestAmend",
    "TestAskedAgain",
    "TestCharges",
    "TestExclusive",
    "TestGrown",
    "TestLock",
    "TestNotCommitted",
    "TestOneSender",
    "TestSave",
]

PAGE = Path(__file__).parents[3] / "docs" / "custom-storage.md"
ADAPTER = "rateguard.adapters.sql.sqlcipher"


def codes() -> list[str]:
    """Return the page's pieces of Python: the adapter, then its store."""
    text = PAGE.read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def module(name: str, code: str) -> ModuleType:
    """Return a module with that code."""
    made = ModuleType(name)
    exec(compile(code, str(PAGE), "exec", dont_inherit=True), made.__dict__)  # noqa: S102
    return made


@pytest.fixture(scope="module")
def documented() -> Iterator[Store]:
    """The page's store, its adapter being importable."""
    adapter, store = codes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, ADAPTER, module(ADAPTER, adapter))
        found = module("documented", store).SQLCIPHER
        assert isinstance(found, Store)
        yield found


@contextmanager
def opened(opening: Open | None, request: pytest.FixtureRequest) -> Iterator[StoreRig]:
    """Open the store; in the end no unit may have kept a connection."""
    assert opening is not None
    with opening(request) as rig:
        yield rig
        assert rig.checked_out() == 0


@pytest.fixture
def rig(documented: Store, request: pytest.FixtureRequest) -> Iterator[StoreRig]:
    with opened(documented.open, request) as rig:
        yield rig


@pytest.fixture
def impatient_rig(
    documented: Store, request: pytest.FixtureRequest
) -> Iterator[StoreRig]:
    with opened(documented.open_impatient, request) as rig:
        yield rig


class TestFile:
    def test_is_encrypted(self, rig: StoreRig, tmp_path: Path) -> None:
        """It is no SQLite file to those who lack the key."""
        assert {} == rig.counters()
        assert b"SQLite format 3\0" != (tmp_path / "encrypted.db").read_bytes()[:16]
