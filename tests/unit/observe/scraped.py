"""Metrics as Prometheus reads them."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from rateguard.adapters.observe.exposition import Exposition, Vitals
from rateguard.adapters.observe.tally import Tally
from rateguard.domain.ports import ResetRun, Survey
from rateguard.domain.reports import Totals
from tests.unit.doubles import NOON


Samples = dict[str, float]

EVERYTHING = Vitals(
    connections=lambda: 0,
    waiting=lambda: 0,
    ignored=lambda: 0,
    store_errors=lambda: {"conflict": 0},
    deliveries=lambda: {"hook": {"delivered": 0}},
    store_up=lambda: True,
    survey=lambda: Survey(Totals(0, 0, 0, 0), {}, ResetRun(1, NOON, 0, NOON)),
)
"""Of whom nothing is unknown."""


def samples(text: str) -> Samples:
    """Return each value by its name and labels, as ``name{label="value"}``."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(
                f'{name}="{value}"' for name, value in sorted(sample.labels.items())
            )
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            found[name] = sample.value
    return found


def exposed() -> set[str]:
    """Return the name of every metric, as a query writes it."""
    text = Exposition(Tally(), EVERYTHING, build={})().decode()
    return set(re.findall(r"^(\w+)", text, re.MULTILINE))
