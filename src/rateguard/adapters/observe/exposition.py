"""The metrics as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from rateguard.adapters.observe.tally import Histogram, Tally
from rateguard.domain.ports import Survey


@attrs.frozen
class Vitals:
    """
    What the daemon knows of itself, asked at each scrape, in whatever thread.

    Attributes:
        connections: Of mail servers, open now.
        waiting: Requests that wait for their decision.
        ignored: Requests that were none of ours.
        store_errors: What the lanes met with, by its kind.
        deliveries: Attempts to notify, by notifier and what became of them.
        store_up: Whether the store does its work, as far as we know.
        survey: What is kept; None if nobody knows.
    """

    connections: Callable[[], int]
    waiting: Callable[[], int]
    ignored: Callable[[], int]
    store_errors: Callable[[], Mapping[str, int]]
    deliveries: Callable[[], Mapping[str, Mapping[str, int]]]
    store_up: Callable[[], bool]
    survey: Callable[[], Survey | None]


class Exposition(Collector):
    """
    All metrics, in a registry of their own.

    Args:
        build: What is told about the program, by name.
    """

    def __init__(
        self, tally: Tally, vitals: Vitals, *, build: Mapping[str, str]
    ) -> None:
        self._tally = tally
        self._vitals = vitals
        self._build = dict(build)
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def __call__(self) -> bytes:
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing beforehand: nobody else is in the registry."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("rateguard_build", "What runs.", value=self._build)
        for name, meaning, value in self._gauges():
            yield GaugeMetricFamily(f"rateguard_{name}", meaning, value)
        for name, meaning, label, counts in self._counters():
            counter = CounterMetricFamily(f"rateguard_{name}", meaning, labels=[label])
            for what, count in counts.items():
                counter.add_metric([what], count)
            yield counter
        for name, meaning, histogram in self._histograms():
            yield HistogramMetricFamily(
                f"rateguard_{name}",
                meaning,
                buckets=histogram.buckets(),
                sum_value=histogram.sum,
            )
        yield from self._alerts()

    # Each has its name, less the prefix, and what it means.

    def _histograms(self) -> Iterator[tuple[str, str, Histogram]]:
        tally = self._tally
        yield "request_duration_seconds", "From a request to its answer.", tally.latency
        meaning = "From a batch given to the database until it was durable."
        yield "commit_duration_seconds", meaning, tally.commits
        yield "batch_size", "Requests judged with one commit.", tally.batches

    def _counters(self) -> Iterator[tuple[str, str, str, Mapping[str, int]]]:
        tally, vitals = self._tally, self._vitals
        answers = {**tally.results(), "ignored": vitals.ignored()}
        yield "requests", "Requests by what was answered.", "result", answers
        meaning = "Requests answered by failing open, by the reason."
        yield "failed_open", meaning, "reason", tally.faults()
        meaning = "Senders that reached their quota, or the percentage of a warning."
        yield "crossings", meaning, "event", tally.crossings
        meaning = "Errors of the database while judging, by their kind."
        yield "store_errors", meaning, "kind", vitals.store_errors()

    def _gauges(self) -> Iterator[tuple[str, str, float]]:
        vitals = self._vitals
        meaning = "Requests that wait for their answer."
        yield "queue_length", meaning, vitals.waiting()
        meaning = "Open connections of mail servers."
        yield "connections", meaning, vitals.connections()
        meaning = "1 if the database does its work, 0 if mail passes uncounted."
        yield "store_up", meaning, int(vitals.store_up())
        survey = vitals.survey()
        if survey is None:
            return
        senders, reset = survey.senders, survey.last_reset
        yield "senders", "Senders that are known.", senders.senders
        meaning = "Senders that are over their quota."
        yield "senders_over_quota", meaning, senders.over_quota
        meaning = "Senders that an operator has suspended."
        yield "senders_suspended", meaning, senders.suspended
        if reset is not None:
            name = "cleanup_started_timestamp_seconds"
            yield name, "When the last cleanup began.", reset.started_at.timestamp()
            if reset.finished_at is not None:
                name = "cleanup_finished_timestamp_seconds"
                meaning = "When it had reset every sender; absent until then."
                yield name, meaning, reset.finished_at.timestamp()

    def _alerts(self) -> Iterator[Metric]:
        outcomes, survey = self._vitals.deliveries(), self._vitals.survey()
        deliveries = CounterMetricFamily(
            "rateguard_notifications",
            "Attempts to deliver an alert, by their outcome.",
            labels=["notifier", "result"],
        )
        for notifier, results in outcomes.items():
            for result, count in results.items():
                deliveries.add_metric([notifier, result], count)
        yield deliveries
        if survey is None:
            return
        waiting = GaugeMetricFamily(
            "rateguard_notifications_waiting",
            "Alerts that wait to be delivered.",
            labels=["notifier"],
        )
        for notifier, count in {**dict.fromkeys(outcomes, 0), **survey.waiting}.items():
            waiting.add_metric([notifier], count)
        yield waiting
