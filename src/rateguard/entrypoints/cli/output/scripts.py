"""What scripts read: JSON and CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

from collections.abc import Mapping
from typing import Any

from rateguard.domain.escaping import escaped
from rateguard.entrypoints.cli.output.table import Row, Table, Zone
from rateguard.entrypoints.cli.output.texts import iso


def rows_as_json(table: Table, zone: Zone = None, following: Row | None = None) -> str:
    """Return a list of objects; the last one has the page that follows as ``next``."""
    rows = [{key: row[key] for key in table.keys} for row in table.rows]
    if following:
        rows[-1]["next"] = following
    return as_json(rows, zone)


def as_json(value: Any, zone: Zone = None) -> str:  # noqa: ANN401
    """
    Return any rows as JSON. In ASCII, so that no terminal is told anything
    and every locale can have it.
    """
    return json.dumps(_jsonable(value, zone), indent=2) + "\n"


def _jsonable(value: Any, zone: Zone) -> Any:  # noqa: ANN401
    if isinstance(value, dt.datetime):
        return iso(value, zone)
    if isinstance(value, Mapping):
        return {name: _jsonable(each, zone) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each, zone) for each in value]
    return value


def rows_as_csv(table: Table, zone: Zone = None) -> str:
    """Return a heading and a line a row, unprintable text escaped."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.keys)
    for row in table.rows:
        writer.writerow([_flat(row[key], zone) for key in table.keys])
    return text.getvalue()


def _flat(value: Any, zone: Zone) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | Mapping):
        return json.dumps(_jsonable(value, zone))
    value = _jsonable(value, zone)
    return escaped(value) if isinstance(value, str) else value
