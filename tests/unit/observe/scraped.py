"""
Metrics as Prometheus reads them.
"""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families


Samples = dict[str, float]


def samples(text: str) -> Samples:
    """
    Return each value by its name and labels, as ``name{label="value"}``.
    """
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(
                f'{name}="{value}"' for name, value in sorted(sample.labels.items())
            )
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            found[name] = sample.value
    return found
