"""Machines made of doubles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from rateguard.adapters.systemd.units import Ran, Systemd
from rateguard.entrypoints.cli.doctor.machine import NOBODY, Patient
from rateguard.entrypoints.container import session
from rateguard.entrypoints.settings.environment import parse


@attrs.frozen
class Systemctl:
    """
    Knows units by what they are: ``enabled``, ``active``, both, or neither;
    and properties of any unit.
    """

    units: dict[str, str]
    properties: dict[str, str] = attrs.field(factory=dict)

    def __call__(self, command: Sequence[str]) -> Ran:
        """Answer as systemctl does."""
        verb, unit = command[1], command[-1]
        state = self.units.get(unit)
        if verb == "show":
            name = command[2].removeprefix("--property=")
            if name != "LoadState":
                return Ran(0, self.properties.get(name, ""))
            return Ran(0, "not-found\n" if state is None else "loaded\n")
        word = verb.removeprefix("is-")
        return Ran(0 if state is not None and word in state.split() else 1, "")


def patient(
    units: dict[str, str] | None = None,
    *,
    settings: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    **doubles: Any,
) -> Patient:
    """Return a machine with these units, None for one without systemd."""
    loaded = parse(settings or {})
    systemctl = Systemctl(units or {}, properties or {})
    tools = session().tools
    return Patient(
        loaded,
        tools,
        tools.database(loaded.settings),
        NOBODY,
        doubles.pop("ask", tools.ask),
        systemd=Systemd(systemctl, booted=lambda: units is not None),
        **doubles,
    )
