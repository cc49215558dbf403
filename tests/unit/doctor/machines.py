"""Machines made of doubles."""

from __future__ import annotations

from collections.abc import Sequence
from subprocess import CompletedProcess
from typing import Any

import attrs

from rateguard.adapters.systemd import Systemd
from rateguard.entrypoints.cli.doctor.machine import NOBODY, Machine
from rateguard.entrypoints.container import session
from rateguard.entrypoints.settings.environment import parse


def ran(output: str) -> CompletedProcess[str]:
    """Return what is known of a program that printed this."""
    return CompletedProcess([], 0, output, "")


@attrs.frozen
class Systemctl:
    """
    Knows units by what they are: ``enabled``, ``active``, both, or neither;
    and properties of any unit.
    """

    units: dict[str, str]
    properties: dict[str, str] = attrs.field(factory=dict)

    def __call__(self, command: Sequence[str]) -> CompletedProcess[str]:
        """Answer as ``systemctl show`` does."""
        _, verb, option, _, unit = command
        assert verb == "show"
        states = self.units.get(unit, "").split()
        known = {
            "LoadState": "loaded" if unit in self.units else "not-found",
            "UnitFileState": "enabled" if "enabled" in states else "disabled",
            "ActiveState": "active" if "active" in states else "inactive",
        }
        name = option.removeprefix("--property=")
        return ran(known.get(name, self.properties.get(name, "")) + "\n")


def machine(
    units: dict[str, str] | None = None,
    *,
    settings: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    **tools: Any,
) -> Machine:
    """Return a machine with these units, None for one without systemd."""
    loaded = parse(settings or {})
    systemctl = Systemctl(units or {}, properties or {})
    ours = attrs.evolve(session().tools, **tools)
    return Machine(
        loaded,
        ours,
        ours.database(loaded.settings),
        Systemd(systemctl, booted=lambda: units is not None),
        NOBODY,
    )
