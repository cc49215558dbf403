"""A reset that was cut off is finished by the next."""

from __future__ import annotations

import datetime as dt

from rateguard.domain.usecases.cleanup import ResetCounters
from tests.integration.contracts.acts import judging, keep, mail
from tests.integration.contracts.resetting import (
    MIDNIGHT,
    SENDERS,
    fill,
    finish,
    used,
)
from tests.integration.contracts.rig import HandClock, StoreRig


def still_used(rig: StoreRig) -> int:
    """Return how many counters are not reset."""
    return sum(counter.messages > 0 for counter in rig.counters().values())


class TestCutOff:
    def test_is_resumed_where_it_was_cut_off(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """
        A run that was cut off goes on behind the chunks that are done: what
        those senders sent since stays counted.
        """
        fill(rig)
        reset = ResetCounters(rig.units, clock, chunk=3)
        reset.step(reset.begin(period_start=MIDNIGHT))
        done = [s for s, counter in rig.counters().items() if counter.messages == 0]
        assert len(done) == 3
        judging(rig)([mail(sender=sender) for sender in done])

        clock.pass_by(minutes=1)
        resumed = ResetCounters(rig.units, clock, chunk=3)
        steps = finish(resumed, resumed.begin(period_start=MIDNIGHT))

        assert steps == 3
        assert set(done) == {
            sender for sender, each in rig.counters().items() if each.messages == 1
        }
        assert still_used(rig) == len(done)

    def test_comes_by_everybody_also_if_somebody_is_removed_meanwhile(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """Nobody moves up into the chunks that are done."""
        fill(rig)
        reset = ResetCounters(rig.units, clock, chunk=3)
        run = reset.step(reset.begin(period_start=MIDNIGHT))
        done = next(s for s, each in rig.counters().items() if each.messages == 0)
        with rig.units() as unit:
            unit.counters.find({done})
            unit.counters.remove([done], let_go=0)
            unit.commit()

        finish(reset, run)

        assert still_used(rig) == 0

    def test_a_chunk_is_done_once_or_not_at_all(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """
        A step repeated because nobody knows whether it was kept begins behind
        what the run that is given says, and changes nothing that it did not.
        """
        fill(rig)
        reset = ResetCounters(rig.units, clock, chunk=3)
        run = reset.begin(period_start=MIDNIGHT)

        assert reset.step(run) == reset.step(run)
        assert still_used(rig) == len(SENDERS) - 3

    def test_an_earlier_period_is_not_resumed(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """
        What was left unfinished before this period began is no reason to
        spare anybody: a new run resets all.
        """
        fill(rig)
        reset = ResetCounters(rig.units, clock, chunk=3)
        old = reset.step(reset.begin(period_start=MIDNIGHT))
        keep(rig, *map(used, SENDERS))
        clock.pass_by(days=1)

        run = reset.begin(period_start=MIDNIGHT + dt.timedelta(days=1))
        finish(reset, run)

        assert run.id != old.id
        assert (run.position, run.started_at) == (0, clock.time)
        assert still_used(rig) == 0

    def test_begun_at_the_very_start_is_resumed(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """A run begun in the period's first moment belongs to the period."""
        clock.time = MIDNIGHT
        reset = ResetCounters(rig.units, clock)

        run = reset.begin(period_start=MIDNIGHT)

        assert run == reset.begin(period_start=MIDNIGHT)

    def test_a_finished_one_is_not_resumed(
        self, rig: StoreRig, clock: HandClock
    ) -> None:
        """After a run is over the next one begins anew, in the same period too."""
        fill(rig)
        reset = ResetCounters(rig.units, clock)
        first = reset.begin(period_start=MIDNIGHT)
        finish(reset, first)
        keep(rig, *map(used, SENDERS))

        second = reset.begin(period_start=MIDNIGHT)
        finish(reset, second)

        assert first.id != second.id
        assert still_used(rig) == 0

    def test_the_latest_counts(self, rig: StoreRig, clock: HandClock) -> None:
        """
        It is the run begun last that is resumed, whatever those before it
        came to.
        """
        fill(rig)
        reset = ResetCounters(rig.units, clock, chunk=3)
        finish(reset, reset.begin(period_start=MIDNIGHT))
        begun = reset.step(reset.begin(period_start=MIDNIGHT))

        assert begun == reset.begin(period_start=MIDNIGHT)
