"""The message log: what is found again, and amended."""

from __future__ import annotations

import attrs

from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.decision import Charge, Decision, Reason, Verdict
from rateguard.domain.ports import MessageRecord
from rateguard.domain.submission import Submission
from tests.integration.contracts.acts import (
    LOOKALIKES,
    POLICY,
    accepted,
    create,
    log,
    mail,
)
from tests.integration.contracts.rig import NOON, SENDER, KeptMessage, StoreRig


TRANSACTION = "1709208000.123456.4711.0"

DEFERRED = Decision(Verdict.DEFER, Reason.OVER_QUOTA)


def charges(rig: StoreRig, *submissions: Submission) -> dict[tuple[str, str], Charge]:
    """Ask for earlier charges in a unit of its own, as judging does."""
    with rig.units() as unit:
        names = {submission.sender for submission in submissions}
        unit.counters.lock(names, default=POLICY, at=NOON, charging=submissions)
        return unit.messages.charges(submissions)


def amend(rig: StoreRig, *records: MessageRecord) -> None:
    with rig.units() as unit:
        names = {record.submission.sender for record in records}
        unit.counters.lock(names, default=POLICY, at=NOON)
        unit.messages.amend(records)
        unit.commit()


class TestCharges:
    def test_finds_recipients_and_verdict(self, rig: StoreRig) -> None:
        """What an earlier unit charged is found by sender and transaction."""
        blocked = attrs.evolve(accepted(mail("t2", recipients=7)), decision=DEFERRED)
        log(rig, accepted(mail("t1", recipients=3)), blocked, accepted(mail("t3")))

        assert {
            (SENDER, "t1"): Charge(3, Verdict.ACCEPT),
            (SENDER, "t2"): Charge(7, Verdict.DEFER),
        } == charges(rig, mail("t2"), mail("t1"), mail("unknown"))

    def test_of_others_than_were_announced(self, rig: StoreRig) -> None:
        """What is said while locking changes no answer."""
        log(rig, accepted(mail("t1", recipients=3)), accepted(mail("t2", recipients=4)))

        with rig.units() as unit:
            unit.counters.lock(
                {SENDER}, default=POLICY, at=NOON, charging=[mail("t1"), mail("t2")]
            )
            found = unit.messages.charges([mail("t2")])

        assert {(SENDER, "t2"): Charge(4, Verdict.ACCEPT)} == found

    def test_beside_a_newcomer(self, rig: StoreRig) -> None:
        """A sender without a counter among them changes no answer."""
        log(rig, accepted(mail("t1", recipients=3)))
        newcomer = attrs.evolve(mail("t1"), sender="new@example.com")

        assert {(SENDER, "t1"): Charge(3, Verdict.ACCEPT)} == charges(
            rig, newcomer, mail("t1")
        )

    def test_more_recipients_than_any_column_holds(self, rig: StoreRig) -> None:
        """
        However many recipients were charged, the same number again has not
        grown.
        """
        log(rig, accepted(mail("t1", recipients=COUNTER_MAX)))

        found = charges(rig, mail("t1"))

        assert found[SENDER, "t1"].recipients >= COUNTER_MAX

    def test_senders_do_not_share_a_transaction(self, rig: StoreRig) -> None:
        """
        The same transaction of another sender is another message, however
        alike their names are.
        """
        log(
            rig,
            *(accepted(mail("t", i + 1, name)) for i, name in enumerate(LOOKALIKES)),
        )

        for i, name in enumerate(LOOKALIKES):
            found = charges(rig, mail("t", sender=name))
            assert found[name, "t"] == Charge(i + 1, Verdict.ACCEPT)

    def test_not_found_for_another_sender(self, rig: StoreRig) -> None:
        """What one sender was charged is nothing to another."""
        create(rig, "other@example.com")
        log(rig, accepted(mail("t")))

        found = charges(rig, mail("t", sender="other@example.com"))

        assert ("other@example.com", "t") not in found

    def test_case_tells_transactions_apart(self, rig: StoreRig) -> None:
        """Queue ids of Postfix differ in case alone, so may transactions."""
        log(rig, accepted(mail("abc")))

        assert (SENDER, "ABC") not in charges(rig, mail("ABC"))

    def test_no_transaction_has_no_charge(self, rig: StoreRig) -> None:
        """Messages without a transaction are never taken for each other."""
        log(rig, accepted(mail("")))

        assert charges(rig, mail("")) == {}


class TestAmend:
    def test_sets_recipients_and_verdict(self, rig: StoreRig) -> None:
        """
        The message that grew has its new recipients and verdict, and the
        time at which it was first judged.
        """
        first = attrs.evolve(
            mail("t1", recipients=2), queue_id="4XyZ", from_address="a@b"
        )
        log(rig, accepted(first), accepted(mail("t2")))

        grown = attrs.evolve(first, recipients=9)
        amend(rig, MessageRecord(grown, DEFERRED, NOON.replace(hour=13)))

        assert [
            KeptMessage.of(grown, Verdict.DEFER, NOON),
            KeptMessage.of(mail("t2"), Verdict.ACCEPT, NOON),
        ] == rig.messages()

    def test_leaves_other_senders_alone(self, rig: StoreRig) -> None:
        """
        The same transaction of another sender is not amended, however alike
        their names are.
        """
        log(rig, *(accepted(mail("t", sender=name)) for name in LOOKALIKES))

        amend(rig, accepted(mail("t", 5, LOOKALIKES[0])))

        assert [5] + [1] * (len(LOOKALIKES) - 1) == [
            kept.recipients for kept in rig.messages()
        ]

    def test_leaves_other_transactions_alone(self, rig: StoreRig) -> None:
        """
        Nor is another transaction of the same sender, though only case tells
        them apart.
        """
        log(rig, accepted(mail("abc")), accepted(mail("ABC")))

        amend(rig, accepted(mail("ABC", 5)))

        assert [kept.recipients for kept in rig.messages()] == [1, 5]
