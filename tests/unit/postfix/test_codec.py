"""The receiver, case by case."""

from __future__ import annotations

import pytest

from rateguard.adapters.postfix.codec import PolicyReceiver
from tests.unit.postfix.cases import CASES, Case, Transcript, transcript


each_case = pytest.mark.parametrize("case", CASES, ids=str)


@each_case
class TestCase:
    def test_whole(self, case: Case) -> None:
        """Everything in one piece."""
        assert Transcript(case.requests) == transcript([case.wire])

    def test_byte_by_byte(self, case: Case) -> None:
        """One byte at a time."""
        pieces = [case.wire[at : at + 1] for at in range(len(case.wire))]

        assert Transcript(case.requests) == transcript(pieces)

    def test_in_two_pieces(self, case: Case) -> None:
        """Cut at every place there is."""
        for at in range(len(case.wire) + 1):
            pieces = [case.wire[:at], case.wire[at:]]
            assert Transcript(case.requests) == transcript(pieces), f"cut at {at}"

    @pytest.mark.parametrize("after", [b"x", b"sasl_username=ben\n", b"\r", b"\n"])
    def test_with_bytes_after_it(self, case: Case, after: bytes) -> None:
        """What follows belongs to the next request."""
        expected = Transcript(case.requests, None, len(after))

        assert expected == transcript([case.wire + after])
        assert expected == transcript([case.wire, after])

    def test_twice(self, case: Case) -> None:
        """A receiver is as good as new after each request."""
        expected = Transcript([*case.requests, *case.requests])

        assert expected == transcript([case.wire + case.wire])
        assert expected == transcript([case.wire, case.wire])

    def test_without_its_last_byte(self, case: Case) -> None:
        """The last request waits for it."""
        expected = Transcript(case.requests[:-1])
        incomplete = transcript([case.wire[:-1]])

        assert expected.requests == incomplete.requests
        assert incomplete.buffered > 0


class TestReceiver:
    def test_waits_for_the_first_byte(self) -> None:
        """No bytes, no request."""
        receiver = PolicyReceiver()

        assert receiver.next_request() is None
        assert receiver.buffered == 0

    def test_hands_out_one_request_at_a_time(self) -> None:
        """
        The others stay in the buffer, so that a peer that pipelines can be
        paused.
        """
        receiver = PolicyReceiver()
        receiver.receive(b"a=1\n\na=2\n\na=3")

        assert receiver.next_request() == {"a": "1"}
        assert receiver.buffered == 8
        assert receiver.next_request() == {"a": "2"}
        assert receiver.next_request() is None
        assert receiver.buffered == 3
