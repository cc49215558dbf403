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
        yield from self._requests()
        yield from self._store()
        yield from self._alerts()

    def _requests(self) -> Iterator[Metric]:
        tally, vitals = self._tally, self._vitals
        yield _counters(
            "rateguard_requests",
            "Requests by what was answered.",
            "result",
            {**tally.results(), "ignored": vitals.ignored()},
        )
        yield _counters(
            "rateguard_failed_open",
            "Requests answered by failing open, by the reason.",
            "reason",
            tally.faults(),
        )
        yield _histogram(
            "rateguard_request_duration_seconds",
            "From a request to its answer.",
            tally.latency,
        )
        yield _histogram(
            "rateguard_commit_duration_seconds",
            "From a batch given to the database until it was durable.",
            tally.commits,
        )
        yield _histogram(
            "rateguard_batch_size", "Requests judged with one commit.", tally.batches
        )
        yield GaugeMetricFamily(
            "rateguard_queue_length",
            "Requests that wait for their answer.",
            vitals.waiting(),
        )
        yield GaugeMetricFamily(
            "rateguard_connections",
            "Open connections of mail servers.",
            vitals.connections(),
        )
        yield _counters(
            "rateguard_crossings",
            "Senders that reached their quota, or the percentage of a warning.",
            "event",
            tally.crossings,
        )

    def _store(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "rateguard_store_up",
            "1 if the database does its work, 0 if mail passes uncounted.",
            int(self._vitals.store_up()),
        )
        yield _counters(
            "rateguard_store_errors",
            "Errors of the database while judging, by their kind.",
            "kind",
            self._vitals.store_errors(),
        )

    def _alerts(self) -> Iterator[Metric]:
        outcomes = self._vitals.deliveries()
        deliveries = CounterMetricFamily(
            "rateguard_notifications",
            "Attempts to deliver an alert, by their outcome.",
            labels=["notifier", "result"],
        )
        for notifier, results in outcomes.items():
            for result, count in results.items():
                deliveries.add_metric([notifier, result], count)
        yield deliveries
        survey = self._vitals.survey()
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
        yield from _surveyed(survey)


def _surveyed(survey: Survey) -> Iterator[Metric]:
    senders, reset = survey.senders, survey.last_reset
    yield GaugeMetricFamily(
        "rateguard_senders", "Senders that are known.", senders.senders
    )
    yield GaugeMetricFamily(
        "rateguard_senders_over_quota",
        "Senders that are over their quota.",
        senders.over_quota,
    )
    yield GaugeMetricFamily(
        "rateguard_senders_suspended",
        "Senders that an operator has suspended.",
        senders.suspended,
    )
    if reset is None:
        return
    yield GaugeMetricFamily(
        "rateguard_cleanup_started_timestamp_seconds",
        "When the last cleanup began.",
        reset.started_at.timestamp(),
    )
    if reset.finished_at is not None:
        yield GaugeMetricFamily(
            "rateguard_cleanup_finished_timestamp_seconds",
            "When it had reset every sender; absent until then.",
            reset.finished_at.timestamp(),
        )


def _counters(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    counter = CounterMetricFamily(name, meaning, labels=[label])
    for value, count in values.items():
        counter.add_metric([value], count)
    return counter


def _histogram(name: str, meaning: str, histogram: Histogram) -> Metric:
    return HistogramMetricFamily(
        name, meaning, buckets=histogram.buckets(), sum_value=histogram.sum
    )
