"""The machine's clock."""

from __future__ import annotations

import datetime as dt

import attrs


@attrs.frozen
class SystemClock:
    def now(self) -> dt.datetime:
        """Return the current time, aware and in UTC."""
        return dt.datetime.now(dt.UTC)
