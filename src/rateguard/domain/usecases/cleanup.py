"""Reset every sender's counters, a chunk at a time."""

from __future__ import annotations

import datetime as dt

import attrs

from rateguard.domain.ports import Clock, ResetRun, Units


@attrs.frozen
class ResetCounters:
    """
    Resets all counters in short units of work, so that no decision waits.

    How far it came is kept with each chunk: a run that was cut off is
    finished by the next one, and no chunk of it is reset twice.

    Attributes:
        chunk: Counters per unit of work.
    """

    units: Units
    clock: Clock
    chunk: int = 500

    def begin(self, *, period_start: dt.datetime) -> ResetRun:
        """Return the reset begun since then that is unfinished, else a new one."""
        with self.units() as unit:
            latest = unit.resets.latest()
            if (
                latest is not None
                and latest.finished_at is None
                and latest.started_at >= period_start
            ):
                return latest
            run = unit.resets.begin(self.clock.now())
            unit.commit()
        return run

    def step(self, run: ResetRun) -> ResetRun:
        """
        Reset one chunk more and return how far *run* has come; it is over
        once ``finished_at`` is set. Safe to repeat after a ``StoreError``.
        """
        with self.units() as unit:
            position = unit.counters.reset_chunk(after=run.position, limit=self.chunk)
            if position is None:
                advanced = attrs.evolve(run, finished_at=self.clock.now())
            else:
                advanced = attrs.evolve(run, position=position)
            unit.resets.advance(advanced)
            unit.commit()
        return advanced


@attrs.frozen
class PurgeMessages:
    """Deletes old messages in short units of work, so that no decision waits."""

    units: Units
    chunk: int = 500

    def step(self, *, before: dt.datetime) -> int:
        """Delete a chunk of those judged before; return how many, 0 at the end."""
        with self.units() as unit:
            deleted = unit.messages.purge(before=before, limit=self.chunk)
            unit.commit()
        return deleted


@attrs.frozen
class PurgeDeliveries:
    """Deletes deliveries that ended in short units of work, so that nobody waits."""

    units: Units
    chunk: int = 500

    def step(self, *, before: dt.datetime) -> int:
        """Delete a chunk of those that ended before; return how many, 0 at the end."""
        with self.units() as unit:
            deleted = unit.outbox.purge(before=before, limit=self.chunk)
            unit.commit()
        return deleted
