"""What a receiver of webhooks received."""

from __future__ import annotations

import http.client
import json

from typing import Any, BinaryIO

import attrs


@attrs.frozen
class Received:
    """
    One request as it arrived.

    Attributes:
        path: What stood in the request line, the query included.

        headers: By name in any case; None for one that is not there.
    """

    method: str
    path: str
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body's document."""
        return json.loads(self.body)


def read_request(lines: BinaryIO) -> Received | None:
    """Return the next request, None if what comes is none."""
    match lines.readline().decode("latin-1").split():
        case [method, path, _version]:
            headers = http.client.parse_headers(lines)
            length = int(headers["Content-Length"] or "0")
            return Received(method, path, headers, lines.read(length))
    return None
