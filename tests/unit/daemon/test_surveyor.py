"""Who looks at the store for those who watch."""

from __future__ import annotations

import threading

import attrs
import pytest

from rateguard.domain.errors import StoreConflict, StoreUnavailable
from rateguard.domain.ports import Survey
from rateguard.domain.reports import Totals
from rateguard.entrypoints.daemon.monitoring import (
    RETRY_SECONDS,
    STALE_SECONDS,
    SURVEY_SECONDS,
    Surveyor,
)
from tests.unit.doubles import LogSpy


SEEN = Survey(Totals(3, 2, 1, 0), {"hook": 1})


@attrs.define
class Looking:
    """
    A surveyor whose store and clock are the test's.

    Attributes:
        finds: What is found, or raised.
    """

    finds: Survey | Exception = SEEN
    now: float = 1000.0
    surveyor: Surveyor = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Nothing is looked at yet."""
        self.surveyor = Surveyor(self._survey, lambda: self.now)

    def look(self, finds: Survey | Exception = SEEN) -> float:
        """Have it look, and find that."""
        self.finds = finds
        return self.surveyor.look()

    def _survey(self) -> Survey:
        if isinstance(self.finds, Exception):
            raise self.finds
        return self.finds


class TestSurveyor:
    def test_knows_what_it_saw(self) -> None:
        """Until the next look, which is not soon."""
        looking = Looking()
        assert looking.surveyor.latest() is None

        assert looking.look() == SURVEY_SECONDS
        looking.now += STALE_SECONDS
        assert looking.surveyor.latest() == SEEN

    def test_knows_nothing_of_a_store_that_is_away(self) -> None:
        """It looks again sooner, and knows when it is back."""
        looking = Looking()
        looking.look()

        assert looking.look(StoreUnavailable()) == RETRY_SECONDS
        assert looking.surveyor.latest() is None
        assert not looking.surveyor.store_answers()

        looking.look()
        assert looking.surveyor.store_answers()
        assert looking.surveyor.latest() == SEEN

    def test_does_not_mind_a_conflict(self) -> None:
        """Somebody was faster; what was seen before is still true enough."""
        looking = Looking()
        looking.look()

        assert looking.look(StoreConflict()) == RETRY_SECONDS
        assert looking.surveyor.latest() == SEEN

    @pytest.mark.parametrize("looks", [0, 1])
    def test_takes_a_store_that_hangs_for_away(self, looks: int) -> None:
        """What was seen too long ago is not told as if it were now."""
        looking = Looking()
        for _ in range(looks):
            looking.look()
        assert looking.surveyor.store_answers()

        looking.now += STALE_SECONDS + 1
        assert not looking.surveyor.store_answers()
        assert looking.surveyor.latest() is None

    def test_survives_a_bug(self, log: LogSpy) -> None:
        """It is told once, and is not the store's fault."""
        looking = Looking()
        for _ in range(3):
            assert looking.look(ZeroDivisionError()) == SURVEY_SECONDS

        assert [ZeroDivisionError] == log.tracebacks
        assert looking.surveyor.latest() is None
        assert looking.surveyor.store_answers()

    def test_looks_in_a_thread_of_its_own(self) -> None:
        """At once when it is started, and no more when it is stopped."""
        looked = threading.Event()

        def survey() -> Survey:
            looked.set()
            return SEEN

        surveyor = Surveyor(survey)
        surveyor.start()
        assert looked.wait(30)
        surveyor.stop()
        assert surveyor.join(30)
