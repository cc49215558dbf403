"""Requests about an authenticated sender."""

from __future__ import annotations

from hypothesis import strategies as st

from rateguard.adapters.postfix.translate import submission_of
from rateguard.domain.submission import Submission


LOGIN = "anna@example.com"

NOT_COUNTED = ["RCPT", "VRFY", "MAIL", "EHLO", "HELO", "CONNECT", "ETRN", "data", "X"]

texts = st.text(st.characters(codec="utf-8"))


def submission(**attributes: str) -> Submission:
    """Return the submission of a sender's request with these attributes."""
    found = submission_of({"sasl_username": LOGIN} | attributes)
    assert found is not None
    return found
