"""What is kept, seen from above."""

from __future__ import annotations

from rateguard.adapters.memory import MemoryStore
from rateguard.domain.ports import Survey
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.reports import Totals
from rateguard.domain.usecases.judge import JudgeSubmissions
from rateguard.domain.usecases.look import SurveyStore
from tests.unit.domain.strategies import messages
from tests.unit.doubles import NOON, HandClock


class TestSurveyStore:
    def test_sees_nothing_where_nothing_is(self) -> None:
        """A new store has no senders, and never was cleaned up."""
        survey = SurveyStore(MemoryStore(), HandClock())

        assert Survey(Totals(0, 0, 0, 0), {}, None) == survey()

    def test_sees_all_of_it(self) -> None:
        """Senders, the crossing that waits to be told, the reset."""
        store = MemoryStore(notifiers=["hook"])
        judge = JudgeSubmissions(store, HandClock(), QuotaPolicy.of(2))
        judge([*messages(3, sender="anna"), *messages(2, sender="ben")])
        with store() as unit:
            run = unit.resets.begin(NOON)
            unit.commit()

        seen = SurveyStore(store, HandClock())()
        assert Survey(Totals(2, 1, 0, 0), {"hook": 1}, run) == seen
