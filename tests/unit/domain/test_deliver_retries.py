"""What failed is tried again, more and more seldom, for three days."""

from __future__ import annotations

import datetime as dt

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.errors import DeliveryFailed
from rateguard.domain.usecases.notify import GIVE_UP_AFTER, Attempt
from tests.unit.domain.delivering import (
    Delivering,
    crossing,
    failing,
    told_store,
    unfinished,
)
from tests.unit.doubles import NOON


DEAD = DeliveryFailed("HTTP status 503")

HOUR = 3600.0


def pauses(deliver: Delivering, count: int) -> list[float]:
    """Fail so often, each time when it is due; return the seconds between."""
    found = []
    for _ in range(count):
        deliver.stay_until_due()
        attempt = deliver.failed()
        assert attempt.retry_at is not None
        found.append((attempt.retry_at - deliver.clock.time).total_seconds())
    return found


class TestPause:
    def test_doubles_from_five_seconds_to_an_hour(self) -> None:
        """With the chance at its most."""
        expected = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 2560.0]

        assert [*expected, HOUR, HOUR, HOUR] == pauses(failing(DEAD), 13)

    @given(st.floats(0, 1), st.integers(1, 40))
    def test_is_between_half_and_all_of_it(self, jitter: float, count: int) -> None:
        """
        Whatever the chance and however many came before: those that failed
        together do not try again together.
        """
        pause = pauses(failing(DEAD, jitter=jitter), count)[-1]

        most = min(5.0 * 2 ** (count - 1), HOUR)
        assert most / 2 <= pause <= most
        assert pause == pytest.approx(most * (1 + jitter) / 2, abs=1e-5)


class TestGivenUp:
    def last(self, deliver: Delivering) -> Attempt:
        """Fail until it is given up."""
        while True:
            deliver.stay_until_due()
            attempt = deliver.failed()
            if attempt.retry_at is None:
                return attempt

    @pytest.mark.parametrize("jitter", [0.0, 1.0])
    def test_after_three_days_with_its_error(self, jitter: float) -> None:
        """
        Not before, and not much later, however many attempts it were; it stays,
        with why, and is not tried again.
        """
        deliver = failing(DEAD, jitter=jitter)

        attempt = self.last(deliver)

        (left,) = unfinished(deliver.store)
        lasted = deliver.clock.time - NOON
        assert attempt.error == DEAD
        assert GIVE_UP_AFTER <= lasted < GIVE_UP_AFTER + dt.timedelta(hours=1)
        assert (left.given_up_at, left.error) == (deliver.clock.time, str(DEAD))
        assert deliver.use_case.next_due() is None
        deliver.pass_by(days=9)
        assert deliver() is None

    def test_may_be_asked_for_again(self) -> None:
        """
        An operator who mended the receiver has it delivered; if it fails
        again, there are three days more.
        """
        deliver = failing(DEAD)
        self.last(deliver)
        deliver.pass_by(days=1)
        asked_at = deliver.clock.time
        with deliver.store() as unit:
            assert unit.outbox.retry(None, now=asked_at) == 1
            unit.commit()

        assert deliver.failed().retry_at is not None
        self.last(deliver)

        assert deliver.clock.time - asked_at >= GIVE_UP_AFTER

    def test_is_not_what_succeeds_at_last(self) -> None:
        """
        Also after three days and more: where the daemon was down for long, one
        attempt is made.
        """
        deliver = Delivering(told_store(crossing()))
        deliver.pass_by(days=4)

        attempt = deliver()

        assert attempt is not None
        assert attempt.error is None
        assert unfinished(deliver.store) == []

    def test_is_measured_from_the_event(self) -> None:
        """
        An attempt that fails three days after it is the last, one that fails a
        moment before is not.
        """
        early, late = failing(DEAD), failing(DEAD)
        late.clock.time = NOON + dt.timedelta(days=3)
        early.clock.time = late.clock.time - dt.timedelta(microseconds=1)

        assert late.failed().retry_at is None
        assert early.failed().retry_at is not None
