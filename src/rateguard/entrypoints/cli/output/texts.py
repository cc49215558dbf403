"""Values as text."""

from __future__ import annotations

import datetime as dt
import re

from collections.abc import Callable, Sequence
from typing import Any

import click

from rateguard.domain.escaping import escaped
from rateguard.entrypoints.cli.output.table import Zone


def shown(value: Any, zone: Zone = None) -> str:  # noqa: ANN401
    """Return a value as people read it, on one line whatever strangers sent."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return local_time(value, zone)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escaped(str(value))


def local_time(at: dt.datetime, zone: Zone = None) -> str:
    """Return a time with its offset."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def iso(at: dt.datetime, zone: Zone = None) -> str:
    """Return a time as scripts read it."""
    return at.astimezone(zone).isoformat(timespec="seconds")


def traffic(messages: int, recipients: int) -> str:
    """Return how many messages to how many recipients."""
    return f"{_amount(messages, 'message')} to {_amount(recipients, 'recipient')}"


def _amount(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


EXPECTED = "2026-12-01, 2026-12-01 18:00, 18:00, {sign}3d or {sign}12h"
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_DAY = dt.timedelta(days=1)
_BEGIN, _END = 1971, 2038
"""A column of MySQL's type timestamp begins and ends at the turn of these years."""


def next_moment(
    text: str, now: dt.datetime, zone: dt.tzinfo | None = None
) -> dt.datetime:
    """
    Return the time, aware, that *text* means to somebody who plans: ``18:00``
    is the next one, ``+3d`` is in three days. Times without an offset are
    those of *zone*, by default the local one.

    Raises:
        ValueError: it is no time.
    """
    return _moment(text, now, zone, ahead=True)


def last_moment(
    text: str, now: dt.datetime, zone: dt.tzinfo | None = None
) -> dt.datetime:
    """
    Return the time that *text* means to somebody who looks back: ``18:00`` is
    the last one, ``-3d`` was three days ago.

    Raises:
        ValueError: it is no time.
    """
    return _moment(text, now, zone, ahead=False)


def _moment(
    text: str, now: dt.datetime, zone: dt.tzinfo | None, *, ahead: bool
) -> dt.datetime:
    sign = "+" if ahead else "-"
    try:
        at = _read(text.strip(), now.replace(microsecond=0), zone, sign=sign)
    except (ValueError, OverflowError):
        raise ValueError(
            f"expected {EXPECTED.format(sign=sign)}, got {text!r}"
        ) from None
    if not _BEGIN <= at.year < _END:
        raise ValueError(
            f"expected a time from {_BEGIN} on and before {_END}, got {text!r}"
        )
    return at


def _read(
    text: str, now: dt.datetime, zone: dt.tzinfo | None, *, sign: str
) -> dt.datetime:
    if found := re.fullmatch(rf"[{sign}](\d{{1,6}})([dhm])", text):
        return _away(now, zone, f"{sign}{found[1]}", found[2])
    if re.fullmatch(r"\d\d?:\d\d(:\d\d)?", text):
        time = dt.time.fromisoformat(f"0{text}" if text[1] == ":" else text)
        return _clock(time, now, zone, ahead=sign == "+")
    at = dt.datetime.fromisoformat(text)
    return _aware(at, zone) if at.tzinfo is None else at


def _away(
    now: dt.datetime, zone: dt.tzinfo | None, count: str, unit: str
) -> dt.datetime:
    distance = dt.timedelta(**{_UNITS[unit]: int(count)})
    if unit != "d":
        return (now.astimezone(dt.UTC) + distance).astimezone(zone)
    # The same time of day, also where the clocks change meanwhile.
    return _aware(now.astimezone(zone).replace(tzinfo=None) + distance, zone)


def _clock(
    time: dt.time, now: dt.datetime, zone: dt.tzinfo | None, *, ahead: bool
) -> dt.datetime:
    today = now.astimezone(zone).date()
    days = (0, 1) if ahead else (0, -1)
    for day in days:
        at = _aware(dt.datetime.combine(today + day * _DAY, time), zone)
        if (at > now) == ahead:
            break
    return at


def _aware(at: dt.datetime, zone: dt.tzinfo | None) -> dt.datetime:
    # Without a zone a naive time is a local one.
    return at.replace(tzinfo=zone).astimezone(zone)


class Moment(click.ParamType[dt.datetime]):
    """A time on the command line."""

    name = "time"

    def __init__(self, read: Callable[[str, dt.datetime], dt.datetime]) -> None:
        self._read = read

    def convert(
        self,
        value: Any,  # noqa: ANN401 - text, or what was made of it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dt.datetime:
        """Return the time; what is wrong with it otherwise."""
        try:
            return self._read(value, dt.datetime.now(dt.UTC))
        except ValueError as error:
            self.fail(str(error), param, ctx)


AHEAD = Moment(next_moment)
BACK = Moment(last_moment)


BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:#"
"""From nothing to a full character."""


def levels_for(encoding: str) -> str:
    """Return the characters that an output in that encoding can have."""
    try:
        BLOCKS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return BLOCKS


def bars(values: Sequence[int], *, height: int, levels: str = BLOCKS) -> list[str]:
    """
    Return the lines of a chart, the top first; each value is two characters
    wide and a space. The largest fills the height, and whatever is more than
    nothing can be seen.
    """
    full = len(levels) - 1
    most = max([*values, 1])
    fills = [
        max(1, round(value * height * full / most)) if value else 0 for value in values
    ]
    return [
        " ".join(2 * levels[min(full, max(0, fill - row * full))] for fill in fills)
        for row in reversed(range(height))
    ]
