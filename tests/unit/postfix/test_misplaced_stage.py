"""Signs of a service that is asked at the wrong stage."""

from __future__ import annotations

import pytest

from rateguard.adapters.postfix.translate import misplaced_stage
from tests.unit.postfix.senders import LOGIN, NOT_COUNTED


class TestMisplacedStage:
    @pytest.mark.parametrize("stage", NOT_COUNTED)
    def test_is_told_for_an_authenticated_sender(self, stage: str) -> None:
        """Whoever asks there asks in vain."""
        request = {"sasl_username": LOGIN, "protocol_state": stage}

        assert stage == misplaced_stage(request)

    @pytest.mark.parametrize(
        "request_",
        [
            {"protocol_state": "RCPT"},
            {"protocol_state": "RCPT", "sasl_username": ""},
            {"protocol_state": "DATA", "sasl_username": LOGIN},
            {"protocol_state": "END-OF-MESSAGE", "sasl_username": LOGIN},
            {"sasl_username": LOGIN},
            {},
        ],
    )
    def test_is_not_told_otherwise(self, request_: dict[str, str]) -> None:
        """Mail from outside passes RCPT without anybody being wrong."""
        assert misplaced_stage(request_) is None
