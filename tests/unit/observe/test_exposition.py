"""What Prometheus is shown."""

from __future__ import annotations

import datetime as dt

from collections.abc import Mapping

import attrs
import pytest

from rateguard.adapters.observe.exposition import Exposition, Vitals
from rateguard.adapters.observe.tally import Tally
from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.ports import ResetRun, Survey
from rateguard.domain.reports import Totals
from tests.unit.doubles import NOON
from tests.unit.observe.scraped import Samples, samples


BLOCKED = Decision(Verdict.DEFER, Reason.OVER_QUOTA, 2, 1)
NOBODY = Totals(0, 0, 0, 0)

WELL = Vitals(
    connections=lambda: 3,
    waiting=lambda: 4,
    ignored=lambda: 5,
    store_errors=lambda: {"conflict": 6},
    deliveries=lambda: {"webhook": {"delivered": 7, "failed": 8}},
    store_up=lambda: True,
    survey=lambda: None,
)


def shown(
    vitals: Vitals = WELL, tally: Tally | None = None, build: Mapping[str, str] = {}
) -> Samples:
    exposition = Exposition(tally or Tally(), vitals, build=build)
    return samples(exposition().decode())


def surveyed(survey: Survey | None) -> Samples:
    return shown(attrs.evolve(WELL, survey=lambda: survey))


class TestExposition:
    def test_has_what_was_counted(self) -> None:
        """With the values of this moment."""
        tally = Tally()
        tally.answered([BLOCKED, BLOCKED], [0.5, 0.25])
        tally.committed(2, 0.125)
        found = shown(tally=tally)

        expected = {
            'rateguard_requests_total{result="accepted"}': 0,
            'rateguard_requests_total{result="blocked"}': 2,
            'rateguard_requests_total{result="failed_open"}': 0,
            'rateguard_requests_total{result="ignored"}': 5,
            'rateguard_failed_open_total{reason="deadline_passed"}': 0,
            'rateguard_request_duration_seconds_bucket{le="0.25"}': 1,
            "rateguard_request_duration_seconds_count": 2,
            "rateguard_request_duration_seconds_sum": 0.75,
            "rateguard_commit_duration_seconds_sum": 0.125,
            'rateguard_batch_size_bucket{le="1.0"}': 0,
            'rateguard_batch_size_bucket{le="2.0"}': 1,
            "rateguard_connections": 3,
            "rateguard_queue_length": 4,
            'rateguard_store_errors_total{kind="conflict"}': 6,
            'rateguard_crossings_total{event="quota_warning"}': 0,
            'rateguard_notifications_total{notifier="webhook",result="failed"}': 8,
        }
        assert expected == {name: found[name] for name in expected}

    def test_tells_what_runs(self) -> None:
        """As labels, as is the custom."""
        found = shown(build={"version": "1.2", "store": "sqlite3"})

        assert found['rateguard_build_info{store="sqlite3",version="1.2"}'] == 1

    def test_tells_of_the_process(self) -> None:
        """Memory, processor time and file descriptors, under the usual names."""
        assert {"process_open_fds", "process_max_fds"} <= set(shown())

    @pytest.mark.parametrize(("up", "value"), [(True, 1), (False, 0)])
    def test_tells_whether_the_store_is_up(self, up: bool, value: int) -> None:
        """In a number, as is the custom."""
        found = shown(attrs.evolve(WELL, store_up=lambda: up))

        assert value == found["rateguard_store_up"]

    def test_is_its_own(self) -> None:
        """Two in one process do not know of each other."""
        first, second = Tally(), Tally()
        first.answered([BLOCKED], [0.1])

        name = 'rateguard_requests_total{result="blocked"}'
        assert (1, 0) == (shown(tally=first)[name], shown(tally=second)[name])


class TestSurvey:
    def test_is_left_out_when_there_is_none(self) -> None:
        """A store that is down has no senders over quota, nor has it none."""
        found = surveyed(None)

        assert not [each for each in found if "over_quota" in each]
        assert not [each for each in found if "waiting" in each or "cleanup" in each]

    def test_has_what_was_seen(self) -> None:
        """Times in seconds since 1970."""
        reset = ResetRun(1, NOON, 9, NOON + dt.timedelta(seconds=2.5))
        found = surveyed(Survey(Totals(40, 3, 2, 0), {"webhook": 5, "gone": 1}, reset))

        expected = {
            "rateguard_senders": 40,
            "rateguard_senders_over_quota": 3,
            "rateguard_senders_suspended": 2,
            'rateguard_notifications_waiting{notifier="webhook"}': 5,
            'rateguard_notifications_waiting{notifier="gone"}': 1,
            "rateguard_cleanup_started_timestamp_seconds": NOON.timestamp(),
            "rateguard_cleanup_finished_timestamp_seconds": NOON.timestamp() + 2.5,
        }
        assert expected == {name: found[name] for name in expected}

    def test_has_a_nought_where_nothing_waits(self) -> None:
        """An alert needs a number to compare with."""
        found = surveyed(Survey(NOBODY, {}))

        assert found['rateguard_notifications_waiting{notifier="webhook"}'] == 0

    def test_has_no_end_of_a_cleanup_under_way(self) -> None:
        """Nor anything of one that never was."""
        under_way = surveyed(Survey(NOBODY, {}, ResetRun(1, NOON, 9)))
        never = surveyed(Survey(NOBODY, {}))

        cleanup = "rateguard_cleanup_started_timestamp_seconds"
        assert [cleanup] == [name for name in under_way if "cleanup" in name]
        assert [] == [name for name in never if "cleanup" in name]
