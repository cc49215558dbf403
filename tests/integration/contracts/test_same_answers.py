"""A store is right when it is like the one in memory, whatever happens."""

from __future__ import annotations

import pytest

from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.brief import BRIEF
from tests.integration.contracts.machine import SameAnswers
from tests.integration.contracts.outbox_machine import SameDeliveries
from tests.integration.contracts.rig import StoreRig


LIVES = 10 if BRIEF else 40


def lived(machine: type[RuleBasedStateMachine]) -> None:
    """Live :data:`LIVES`."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=30,
            deadline=None,
            # Why a case fails is cheap to find in a debugger, and dear to find
            # with a database.
            phases=set(Phase) - {Phase.explain},
        ),
    )


class TestSameAnswers:
    @pytest.mark.long
    def test_as_in_memory(self, rig: StoreRig, reference_rig: StoreRig) -> None:
        """
        Batches, resets, purges, abandoned units and an operator's edits give
        the same answers and leave the same counters and messages as in the
        reference store.
        """

        class Compared(SameAnswers):
            def __init__(self) -> None:
                super().__init__(reference_rig, rig)

        lived(Compared)

    @pytest.mark.long
    def test_of_the_outbox_as_in_memory(
        self, rig: StoreRig, reference_rig: StoreRig
    ) -> None:
        """
        Events, claims, successes, failures, releases, an operator's retries
        and purges, in any order and by anybody, also too late, give the same
        answers and leave the same deliveries as in the reference store.
        """

        class Compared(SameDeliveries):
            def __init__(self) -> None:
                super().__init__(reference_rig, rig)

        lived(Compared)
