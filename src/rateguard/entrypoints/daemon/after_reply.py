"""What follows when the replies are given."""

from __future__ import annotations

import logging

from rateguard.domain.decision import Decision
from rateguard.domain.ports import Meter, Observer
from rateguard.entrypoints.daemon.lane import Verdicts


_log = logging.getLogger(__name__)


class Aftermath:
    """
    Tells those who take note. Their bugs are logged, and end nothing. Used by
    the event loop only.

    Args:
        meter: None counts nothing, and costs nothing.
    """

    def __init__(self, observer: Observer, meter: Meter | None = None) -> None:
        self._observer = observer
        self._meter = meter

    def of_batch(self, verdicts: Verdicts, now: float) -> None:
        """All of a batch are answered, the last of them at *now*."""
        submissions = [waiting.submission for waiting in verdicts.batch]
        try:
            self._observer.decided(submissions, verdicts.decisions)
        except Exception:  # noqa: BLE001 - its bug must not end the loop's work
            _log.exception("cannot take note of a batch")
        if self._meter is not None:
            try:
                self._count(self._meter, verdicts, now)
            except Exception:  # noqa: BLE001 - as above
                _log.exception("cannot count a batch")

    def of_one(self, decision: Decision, seconds: float = 0.0) -> None:
        """
        One request was answered, so many seconds after it came, without the
        store.
        """
        if self._meter is not None:
            try:
                self._meter.answered((decision,), (seconds,))
            except Exception:  # noqa: BLE001 - as above
                _log.exception("cannot count a request")

    @staticmethod
    def _count(meter: Meter, verdicts: Verdicts, now: float) -> None:
        batch = verdicts.batch
        if verdicts.fault is None:
            meter.committed(len(batch), verdicts.seconds)
        # Who was overdue had another answer, and was counted with it.
        seconds = [now - each.arrived for each in batch if not each.overdue]
        decisions = verdicts.decisions
        if len(seconds) < len(batch):
            pairs = zip(batch, decisions, strict=True)
            decisions = [decision for each, decision in pairs if not each.overdue]
        meter.answered(decisions, seconds)
