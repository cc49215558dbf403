"""
In which order the tests start.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Those that take long begin first, and in any order as the others do: one
    that began last would be waited for by all.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
