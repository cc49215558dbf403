"""A connection that breaks costs its unit, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.ports import UnitOfWork
from tests.integration.contracts.acts import POLICY, accepted, judging, mail
from tests.integration.contracts.outboxes import LEASE, crossing, unfinished
from tests.integration.contracts.rig import NOON, SENDER, ServerRig


def lock(unit: UnitOfWork) -> None:
    unit.counters.lock({SENDER}, default=POLICY, at=NOON)


def lock_a_new_one(unit: UnitOfWork) -> None:
    unit.counters.lock({"new@example.com"}, default=POLICY, at=NOON)


def reset(unit: UnitOfWork) -> None:
    unit.counters.reset_chunk(after=0, limit=10)


def purge(unit: UnitOfWork) -> None:
    unit.messages.purge(before=NOON, limit=10)


def begin_a_reset(unit: UnitOfWork) -> None:
    unit.resets.begin(NOON)


def look_back(unit: UnitOfWork) -> None:
    unit.messages.recent(SENDER, limit=1)


def claim(unit: UnitOfWork) -> None:
    unit.outbox.claim("mail", now=NOON, lease=LEASE, limit=1)


def look_for_the_next(unit: UnitOfWork) -> None:
    unit.outbox.next_due("mail")


def tell(unit: UnitOfWork) -> None:
    unit.outbox.add([crossing()])
    unit.commit()


def ask_for_all(unit: UnitOfWork) -> None:
    unit.outbox.retry(None, now=NOON)


def forget(unit: UnitOfWork) -> None:
    unit.outbox.purge(before=NOON, limit=1)


def commit(unit: UnitOfWork) -> None:
    unit.commit()


def break_and(rig: ServerRig, act: Callable[[UnitOfWork], object]) -> None:
    """Break the connection of a unit that has just begun, then act."""
    with rig.units() as unit:
        unit.resets.latest()
        assert rig.kill_connections() > 0
        act(unit)


def charge_breaking_midway(rig: ServerRig) -> None:
    """Break the connection of a unit that has written half of what it wants."""
    with rig.units() as unit:
        counters = unit.counters.lock({SENDER}, default=POLICY, at=NOON)
        charged = counters[SENDER].charge(messages=1, recipients=1)
        unit.counters.save([charged], at=NOON)
        rig.kill_connections()
        unit.messages.add([accepted(mail("t2"))])
        unit.commit()


class TestInMidUnit:
    @pytest.mark.parametrize(
        "act",
        [
            *(lock, lock_a_new_one, reset, purge, begin_a_reset, commit),
            *(look_back, claim, look_for_the_next, tell, ask_for_all, forget),
        ],
    )
    def test_first_thing_after_it_says_so(
        self, server_rig: ServerRig, act: Callable[[UnitOfWork], None]
    ) -> None:
        """
        Whatever a unit does first after its connection broke raises
        ``StoreUnavailable``, and the next unit works.
        """
        judge = judging(server_rig)
        judge([mail()])

        with pytest.raises(StoreUnavailable):
            break_and(server_rig, act)

        assert server_rig.checked_out() == 0
        assert [decision.recipients for decision in judge([mail()])] == [2]
        assert unfinished(server_rig) == []

    def test_nothing_is_kept_and_nothing_repeated(self, server_rig: ServerRig) -> None:
        """
        A unit that breaks after it has written something leaves nothing, and
        nothing of it is silently done again on another connection.
        """
        judge = judging(server_rig)
        judge([mail("t1")])
        before = (server_rig.counters(), server_rig.messages())

        with pytest.raises(StoreUnavailable):
            charge_breaking_midway(server_rig)

        assert before == (server_rig.counters(), server_rig.messages())
        assert server_rig.checked_out() == 0
        assert [decision.recipients for decision in judge([mail("t2")])] == [2]

    def test_left_without_a_word(self, server_rig: ServerRig) -> None:
        """
        A unit whose connection broke and that is left uncommitted ends
        quietly: there is nothing to undo.
        """
        with server_rig.units() as unit:
            lock(unit)
            server_rig.kill_connections()

        assert server_rig.checked_out() == 0
        assert server_rig.counters() == {}
        judging(server_rig)([mail()])

    def test_the_callers_exception_comes_through(self, server_rig: ServerRig) -> None:
        """An exception that leaves a unit is not hidden by its broken connection."""
        with pytest.raises(ZeroDivisionError):
            break_and(server_rig, lambda _: 1 // 0)


class TestWhileIdle:
    @pytest.mark.parametrize("idle", [1, 3])
    def test_the_next_unit_does_not_notice(
        self, server_rig: ServerRig, idle: int
    ) -> None:
        """
        Connections that broke while nobody used them are replaced without an
        error, each of them.
        """
        senders = [f"{i}@example.com" for i in range(idle)]
        for expected in (1, 2):
            with ExitStack() as stack:
                for sender in senders:
                    unit = stack.enter_context(server_rig.units())
                    counters = unit.counters.lock({sender}, default=POLICY, at=NOON)
                    charged = counters[sender].charge(messages=1, recipients=1)
                    unit.counters.save([charged], at=NOON)
                    unit.commit()
                    assert charged.messages == expected
                assert server_rig.checked_out() == idle
            assert server_rig.kill_connections() >= idle
