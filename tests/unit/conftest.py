"""How the properties are tried, and the log as a test sees it."""

from __future__ import annotations

import logging

from collections.abc import Iterator

import hypothesis
import pytest

from tests.brief import BRIEF
from tests.unit.doubles import LogSpy


# A busy machine is no reason to fail, and a failure is remembered in the test
# that is written for it, not in a folder.
hypothesis.settings.register_profile(
    "unit", deadline=None, database=None, max_examples=10 if BRIEF else 50
)
hypothesis.settings.load_profile("unit")


@pytest.fixture
def log() -> Iterator[LogSpy]:
    """Everything that is logged below ``rateguard``, in place of the outputs."""
    spy = LogSpy()
    logger = logging.getLogger("rateguard")
    level, propagates = logger.level, logger.propagate
    logger.addHandler(spy)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield spy
    logger.removeHandler(spy)
    logger.setLevel(level)
    logger.propagate = propagates
