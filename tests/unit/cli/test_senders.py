"""Senders as operators see them."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from rateguard.domain.counter import SenderCounter
from rateguard.domain.orders import Change, FieldChange
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.reports import SenderEntry, SenderQuery, SenderSort
from rateguard.entrypoints.cli.history import said
from rateguard.entrypoints.cli.orders import answer
from rateguard.entrypoints.cli.senders import KEYS, following, row_of, state
from rateguard.entrypoints.cli.session import operator
from tests.unit.doubles import NOON


HOUR = dt.timedelta(hours=1)
POLICY = QuotaPolicy(100, 80, locked=True, suspended=True, raised=Raise(200, NOON))
ENTRY = SenderEntry(SenderCounter("anna", POLICY, 50, 150, 500, 1500))


class TestRow:
    def test_is_by_the_quota_in_force(self) -> None:
        """Share and over quota follow the raise while it holds."""
        raised, after = row_of(ENTRY, NOON - HOUR), row_of(ENTRY, NOON)

        assert (200, 75, False) == (
            raised["quota_in_force"], raised["share"], raised["over_quota"],
        )  # fmt: skip
        assert (100, 150, True) == (
            after["quota_in_force"], after["share"], after["over_quota"],
        )  # fmt: skip

    def test_names_a_raise_while_it_holds(self) -> None:
        """One that has ended is none."""
        raised, after = row_of(ENTRY, NOON - HOUR), row_of(ENTRY, NOON)

        assert (200, NOON) == (raised["raised_quota"], raised["raised_until"])
        assert (None, None) == (after["raised_quota"], after["raised_until"])

    def test_has_all_that_scripts_are_promised(self) -> None:
        """Under the names of the table."""
        assert KEYS == tuple(row_of(ENTRY, NOON))


class TestFollowing:
    def test_is_after_the_last_sender(self) -> None:
        """Nothing is skipped behind it."""
        query = SenderQuery(after="aaron", offset=1)

        assert {"after": "anna", "offset": 0} == following(query, [ENTRY])
        query = SenderQuery(after="aaron")
        assert {"after": "anna", "offset": None} == following(query, [ENTRY])

    @pytest.mark.parametrize(
        ("sort", "name"),
        [(SenderSort.SHARE, "anna"), (SenderSort.SENDER, "x\x1b[31m")],
    )
    def test_is_an_offset_where_there_is_no_such_order_or_name(
        self, sort: SenderSort, name: str
    ) -> None:
        """Nobody can paste what is not printable."""
        entry = SenderEntry(SenderCounter(name, POLICY))

        assert {"offset": 51} == following(SenderQuery(sort=sort, offset=50), [entry])


class TestState:
    def test_names_what_is_out_of_the_ordinary(self) -> None:
        """All of it."""
        assert "suspended, over quota, locked" == state(row_of(ENTRY, NOON))
        raised = row_of(ENTRY, NOON - HOUR)
        assert "suspended, locked, raised until noon" == state(raised, lambda _: "noon")

    def test_of_a_raise_without_an_end(self) -> None:
        """It is the reset that ends it."""
        policy = QuotaPolicy(1, 1, raised=Raise(2))
        entry = SenderEntry(SenderCounter("a", policy))

        assert "raised until the reset" == state(row_of(entry, NOON))


class TestAnswer:
    CHANGE = Change(
        NOON, "ops", "set", "a\nb", (FieldChange("quota", "1", "20261201"),)
    )

    def test_tells_what_changed(self) -> None:
        """Before and after; a name cannot add a line."""
        assert "a\\nb: quota 1 -> 20261201" == answer(self.CHANGE)

    def test_tells_what_was_lost(self) -> None:
        """Of a sender that was removed: what it had."""
        fields = (FieldChange("quota", "5", ""), FieldChange("locked", "no", ""))

        assert "quota 5, locked no" == said([attrs.asdict(each) for each in fields])

    def test_of_a_new_sender_is_its_quota(self) -> None:
        """All else of a sender that was not there before would be news, too."""
        fields = (FieldChange("quota", "", "5"), FieldChange("locked", "", "no"))
        change = attrs.evolve(self.CHANGE, fields=fields, action="set")

        assert answer(change).endswith(": created: quota none -> 5")

    def test_tells_that_nothing_did(self) -> None:
        """So nobody looks for it in the history."""
        assert "nothing to change" in answer(attrs.evolve(self.CHANGE, fields=()))


class TestOperator:
    def test_is_who_he_was_before_sudo(self) -> None:
        """Else all changes would be root's."""
        assert "jane" == operator({"SUDO_USER": "jane", "USER": "root"}, 0)

    def test_is_known_by_his_number_if_nothing_else(self) -> None:
        """As in a container."""
        assert "root" == operator({}, 0)
        assert "uid 3999999999" == operator({}, 3999999999)
