"""The receiver and peers that are no mail servers."""

from __future__ import annotations

import pytest

from rateguard.adapters.postfix.codec import (
    MAX_REQUEST_BYTES,
    PolicyReceiver,
)
from rateguard.domain.errors import BadRequest, RateGuardError
from tests.unit.postfix.cases import transcript


def request_of(size: int, end: bytes = b"\n\n") -> bytes:
    """Return a request of so many bytes, its empty line included."""
    return b"a=" + b"x" * (size - 2 - len(end)) + end


def cut(wire: bytes, size: int) -> list[bytes]:
    return [wire[at : at + size] for at in range(0, len(wire), size)]


any_piece_size = pytest.mark.parametrize("size", [1, 7, 4096, 65535, 65536, 1 << 20])
any_end = pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n"], ids=["lf", "crlf"])


class TestLimit:
    def test_is_64_kib(self) -> None:
        """As much as POSTFIX promises never to send, several times over."""
        assert MAX_REQUEST_BYTES == 65536

    @any_piece_size
    @any_end
    def test_admits_what_just_fits(self, size: int, end: bytes) -> None:
        """The empty line included."""
        heard = transcript(cut(request_of(65536, end), size))

        (request,) = heard.requests
        assert 65534 - len(end) == len(request["a"])
        assert (heard.failure, heard.buffered) == (None, 0)

    @any_piece_size
    @any_end
    def test_refuses_one_byte_more(self, size: int, end: bytes) -> None:
        """However it is cut, also when its empty line comes with it."""
        heard = transcript(cut(request_of(65537, end), size))

        expected = "more than 65536 bytes without an empty line"
        assert (expected, b"a=" + b"x" * 62) == heard.failure
        assert heard.requests == []

    @any_piece_size
    def test_waits_for_the_empty_line_just_so_long(self, size: int) -> None:
        """
        65536 bytes without one may still be... nothing; but only the next
        byte proves it.
        """
        assert _failure_and_buffered(b"x" * 65536, size) == (None, 65536)
        assert _failure_and_buffered(b"x" * 65537, size) != (None, 65536)

    @any_piece_size
    def test_is_that_of_each_request(self, size: int) -> None:
        """What was answered counts no more, whatever came in one piece with it."""
        wire = request_of(65536) + request_of(65536) + request_of(65537)

        heard = transcript(cut(wire, size))

        assert len(heard.requests) == 2
        assert heard.failure is not None


def _failure_and_buffered(wire: bytes, size: int) -> tuple[object, int]:
    heard = transcript(cut(wire, size))
    return heard.failure, heard.buffered


class TestFailure:
    def test_stays(self) -> None:
        """Once failed, whatever comes: there is no way back into step."""
        receiver = PolicyReceiver()
        receiver.receive(b"x" * 70000)
        with pytest.raises(BadRequest) as first:
            receiver.next_request()

        for more in (b"", b"\n\n", b"a=b\n\n"):
            receiver.receive(more)
            with pytest.raises(BadRequest) as again:
                receiver.next_request()
            assert str(first.value) == str(again.value)
            assert first.value.sample == again.value.sample

    def test_comes_after_the_good_requests_before_it(self) -> None:
        """What was complete is answered."""
        heard = transcript([b"a=1\n\na=2\n\n" + b"x" * 65537])

        assert heard.requests == [{"a": "1"}, {"a": "2"}]
        assert heard.failure is not None

    def test_shows_how_it_began(self) -> None:
        """An operator sees who knocked at the wrong door; 64 bytes suffice."""
        receiver = PolicyReceiver()
        receiver.receive(b"GET / HTTP/1.1 " + b"x" * 70000)

        with pytest.raises(RateGuardError) as caught:
            receiver.next_request()

        assert isinstance(caught.value, BadRequest)
        assert caught.value.sample == b"GET / HTTP/1.1 " + b"x" * 49

    def test_forgets_what_it_was_sent(self) -> None:
        """A bad peer occupies no memory."""
        receiver = PolicyReceiver()
        receiver.receive(b"x" * 70000)
        with pytest.raises(BadRequest):
            receiver.next_request()

        assert receiver.buffered == 0


class TestWork:
    @pytest.mark.parametrize("line", [b"x", b"a=b\n", b"\r", b"\r\r\n"])
    def test_of_a_slow_drip_is_linear(self, line: bytes) -> None:
        """
        However long the request has become, a search looks only at what is
        new, and at the two bytes before it that may begin an empty line.
        """
        receiver = PolicyReceiver()
        looked_at = 0
        wire = line * (2000 // len(line))
        for at in range(len(wire)):
            receiver.receive(wire[at : at + 1])
            looked_at += receiver.buffered - receiver._searched
            assert receiver.next_request() is None

        assert looked_at <= 3 * len(wire)

    def test_of_a_pipeline_is_linear(self) -> None:
        """Each request is found by a search from its own beginning."""
        receiver = PolicyReceiver()
        receiver.receive(b"a=b\n\n" * 1000)

        for left in range(999, -1, -1):
            assert receiver.next_request() == {"a": "b"}
            assert (5 * left, 0) == (receiver.buffered, receiver._searched)
