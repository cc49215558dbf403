"""The message log: what is kept of a message."""

from __future__ import annotations

import attrs
import pytest

from rateguard.domain.decision import Decision, Reason, Verdict
from rateguard.domain.submission import Submission
from tests.integration.contracts.acts import (
    HARD_TEXTS,
    accepted,
    log,
    mail,
)
from tests.integration.contracts.rig import NOON, SENDER, KeptMessage, StoreRig


TRANSACTION = "1709208000.123456.4711.0"

DEFERRED = Decision(Verdict.DEFER, Reason.OVER_QUOTA)


class TestAdd:
    @pytest.mark.parametrize("text", HARD_TEXTS, ids=ascii)
    def test_any_text_reads_back(self, rig: StoreRig, text: str) -> None:
        """Any Unicode is kept as it is, wherever strangers choose the text."""
        submission = Submission(
            sender=text,
            recipients=3,
            transaction=TRANSACTION,
            queue_id=text,
            client_name=text,
            client_address=text[:45],
            from_address=text,
            to_address=text * 60,
        )
        log(rig, accepted(submission))

        assert [KeptMessage.of(submission, Verdict.ACCEPT, NOON)] == rig.messages()

    def test_too_long_values_are_cut(self, rig: StoreRig) -> None:
        """
        Of a value too long for the store the beginning is kept; a message is
        never refused for it. Sender, transaction and numbers are never cut.
        """
        long = "\U0001f600 and more " * 10_000
        submission = Submission(
            sender=SENDER,
            transaction="t" * 64,
            queue_id=long,
            client_name=long,
            client_address=long,
            from_address=long,
            to_address=long,
        )
        log(rig, accepted(submission))

        (kept,) = rig.messages()
        shortened = (
            *(kept.queue_id, kept.client_name, kept.client_address),
            *(kept.from_address, kept.to_address),
        )
        assert all(long.startswith(value) for value in shortened)
        assert min(map(len, shortened)) >= 45
        assert kept.sender == SENDER
        assert kept.transaction == "t" * 64

    def test_all_of_a_batch_in_order(self, rig: StoreRig) -> None:
        """A unit may add as many messages as the largest batch has."""
        records = [
            attrs.evolve(
                accepted(
                    mail(f"t{i}", recipients=i + 1, sender=f"{i % 7}@example.com")
                ),
                decision=DEFERRED if i % 3 else accepted(mail()).decision,
            )
            for i in range(512)
        ]
        log(rig, *records)

        assert [
            KeptMessage.of(record.submission, record.decision.verdict, NOON)
            for record in records
        ] == rig.messages()

    def test_messages_without_a_transaction_are_all_kept(self, rig: StoreRig) -> None:
        """Without a transaction every message is one of its own."""
        log(rig, accepted(mail()), accepted(mail()))

        assert len(rig.messages()) == 2
