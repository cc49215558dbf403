"""What we ask ourselves, as Postfix would."""

from __future__ import annotations

import pytest

from rateguard.adapters.postfix.translate import (
    HARMLESS_STAGE,
    misplaced_stage,
    request_of,
    submission_of,
)


class TestRequestOf:
    def test_charges_the_sender(self) -> None:
        """With its recipients, as a message of its own each time."""
        request = request_of("Anna", recipients=3, stage="DATA")
        again = request_of("Anna", recipients=3, stage="DATA")

        submission, other = submission_of(request), submission_of(again)

        assert submission is not None
        assert other is not None
        assert ("anna", 3) == (submission.sender, submission.recipients)
        assert submission.client_name == "rateguard-ask"
        assert submission.transaction != other.transaction

    @pytest.mark.parametrize("stage", ["DATA", HARMLESS_STAGE])
    def test_charges_nobody_without_a_sender(self, stage: str) -> None:
        """And is no sign of a service in the wrong place."""
        request = request_of("", recipients=1, stage=stage)

        assert submission_of(request) is None
        assert misplaced_stage(request) is None

    def test_charges_nobody_at_the_harmless_stage(self) -> None:
        """Whoever it is about."""
        request = request_of("anna", recipients=1, stage=HARMLESS_STAGE)

        assert submission_of(request) is None
