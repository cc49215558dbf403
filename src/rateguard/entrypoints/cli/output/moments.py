"""Times on the command line, as operators write them."""

from __future__ import annotations

import datetime as dt
import re

from typing import Any

import attrs
import click


EXPECTED = "2026-12-01, 2026-12-01 18:00, 18:00, {sign}3d or {sign}12h"

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_DAY = dt.timedelta(days=1)

_BEGIN, _END = 1971, 2038
"""A column of MySQL's type timestamp begins and ends at the turn of these years."""


@attrs.frozen
class Moment(click.ParamType[dt.datetime]):
    """
    A time to somebody who plans or looks back. Times without an offset are local.

    Attributes:
        ahead: ``18:00`` is the next one and ``+3d`` in three days; else the last one,
            and ``-3d`` three days ago.
    """

    ahead: bool
    name = "time"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - text, or what was made of it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dt.datetime:
        try:
            return self.read(value, dt.datetime.now(dt.UTC))
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def read(
        self, text: str, now: dt.datetime, zone: dt.tzinfo | None = None
    ) -> dt.datetime:
        """
        Return the time, aware, that *text* means *now* in a *zone*.

        Raises:
            ValueError: it is no time.
        """
        try:
            at = self._read(text.strip(), now.replace(microsecond=0), zone)
        except (ValueError, OverflowError):
            expected = EXPECTED.format(sign=self._sign)
            raise ValueError(f"expected {expected}, got {text!r}") from None
        if not _BEGIN <= at.year < _END:
            raise ValueError(
                f"expected a time from {_BEGIN} on and before {_END}, got {text!r}"
            )
        return at

    def _read(self, text: str, now: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
        local = now.astimezone(zone).replace(tzinfo=None)
        if found := re.fullmatch(rf"([{self._sign}]\d{{1,6}})([dhm])", text):
            distance = dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
            if found[2] != "d":
                return (now.astimezone(dt.UTC) + distance).astimezone(zone)
            # The same time of day, also where the clocks change meanwhile.
            return _aware(local + distance, zone)
        if re.fullmatch(r"\d\d?:\d\d(:\d\d)?", text):
            time = dt.time.fromisoformat(f"0{text}" if text[1] == ":" else text)
            at = _aware(dt.datetime.combine(local, time), zone)
            if (at > now) == self.ahead:
                return at
            day = _DAY if self.ahead else -_DAY
            return _aware(dt.datetime.combine(local + day, time), zone)
        at = dt.datetime.fromisoformat(text)
        return _aware(at, zone) if at.tzinfo is None else at

    @property
    def _sign(self) -> str:
        return "+" if self.ahead else "-"


def _aware(at: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    # Without a zone a naive time is a local one.
    return at.replace(tzinfo=zone).astimezone(zone)


AHEAD = Moment(ahead=True)
BACK = Moment(ahead=False)
