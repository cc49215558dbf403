"""
What is asked when Prometheus asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from rateguard.domain.ports import Survey


@attrs.frozen
class Vitals:
    """
    What the daemon knows of itself, asked at each scrape, in whatever thread.

    Attributes:
        connections: Of mail servers, open now.

        waiting: Requests that wait for their decision.

        ignored: Requests that were none of ours.

        store_errors: What the lanes met with, by its kind.

        deliveries: Attempts to notify, by notifier and what became of them.

        store_up: Whether the store does its work, as far as we know.

        survey: What is kept; None if nobody knows.
    """

    connections: Callable[[], int]
    waiting: Callable[[], int]
    ignored: Callable[[], int]
    store_errors: Callable[[], Mapping[str, int]]
    deliveries: Callable[[], Mapping[str, Mapping[str, int]]]
    store_up: Callable[[], bool]
    survey: Callable[[], Survey | None]
