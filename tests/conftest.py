"""In which order the tests begin."""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Those that take long begin first, dealt out to the workers: one that began
    last would be waited for by all. The rest stays shuffled.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    # What xdist gives to each worker in the beginning.
    share = len(items) // workers // 4
    long = [item for item in items if item.get_closest_marker("long")]
    rest = [item for item in items if not item.get_closest_marker("long")]
    items.clear()
    for number in range(workers):
        items += long[number::workers]
        missing = max(share * (number + 1) - len(items), 0)
        items += rest[:missing]
        del rest[:missing]
    items += rest
