"""Receivers of alerts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rateguard.domain.errors import DeliveryFailed
from rateguard.entrypoints.cli.doctor.outputs import receiver
from tests.unit.doctor.machines import machine


webhook = receiver("webhook", "WEBHOOK_URL")


def probes(probe: Callable[[], None]) -> dict[str, Callable[[], None]]:
    return {"webhook": probe}


class TestReceiver:
    def test_that_is_there(self) -> None:
        """It is connected to, once."""
        asked: list[str] = []
        examined = machine(probes=lambda _loaded: probes(lambda: asked.append("once")))

        assert [] == list(webhook(examined))
        assert ["once"] == asked

    def test_that_is_not_there(self) -> None:
        """A fault, with the reason and the setting: nobody would be alerted."""

        def probe() -> None:
            raise DeliveryFailed("hook.example:443: connection refused")

        (found,) = webhook(machine(probes=lambda _loaded: probes(probe)))

        assert found.level == "fault"
        assert found.problem == "webhook: hook.example:443: connection refused"
        assert found.fix.startswith("correct WEBHOOK_URL in /etc/rateguard/")

    def test_of_nobody(self) -> None:
        """Without a webhook nothing is connected to."""

        def probe() -> None:
            pytest.fail("was asked")

        examined = machine(probes=lambda _loaded: {"mail": probe})

        assert [] == list(webhook(examined))
