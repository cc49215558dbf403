"""A Sentry that takes events, or does not."""

from __future__ import annotations

import gzip
import json

from typing import Any, Self

import attrs

from tests.integration.rigs.receiver import HookReceiver


KEY = "c0ffee00c0ffee00c0ffee00c0ffee00"
"""The public key of the DSN."""


@attrs.define
class Ingest:
    """
    Sentry's side of the wire, on a free port of 127.0.0.1: a context manager.
    What it answers is a matter of its *receiver*.
    """

    receiver: HookReceiver = attrs.Factory(HookReceiver)

    def __enter__(self) -> Self:
        self.receiver.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.receiver.__exit__(*exc)

    @property
    def dsn(self) -> str:
        """What SENTRY_DSN is to be."""
        return self.receiver.url("/prefix/42").replace("://", f"://{KEY}@")

    @property
    def bodies(self) -> list[str]:
        """Everything that was sent, oldest first, unpacked."""
        return [gzip.decompress(each.body).decode() for each in self.receiver.received]

    @property
    def items(self) -> list[tuple[str, Any]]:
        """
        Type and document of each item of the envelopes, as described in
        https://develop.sentry.dev/sdk/data-model/envelopes/.
        """
        found = []
        for body in self.bodies:
            _header, *lines = body.splitlines()
            for header, payload in zip(lines[::2], lines[1::2], strict=True):
                found.append((json.loads(header)["type"], json.loads(payload)))
        return found

    @property
    def events(self) -> list[Any]:
        """The events among the items."""
        return [document for kind, document in self.items if kind == "event"]

    def texts(self) -> list[str]:
        """Return what each event says: its line, else its last exception."""
        return [
            event["logentry"]["formatted"]
            if "logentry" in event
            else event["exception"]["values"][-1]["type"]
            for event in self.events
        ]
