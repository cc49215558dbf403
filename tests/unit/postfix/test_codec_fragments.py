"""The receiver under any bytes, cut anyhow."""

from __future__ import annotations

import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rateguard.adapters.postfix.codec import encode_request
from tests.unit.postfix.cases import CASES, transcript


# Most random bytes say nothing: these mean something to the protocol.
telling = st.sampled_from(
    [b"\n", b"\r", b"\r\n", b"\n\n", b"=", b"a", b"ab=c\n", b"\xc3", b"\xb6", b"\0"]
)
streams = st.lists(telling | st.binary(max_size=5), max_size=40).map(b"".join)
real_streams = st.lists(st.sampled_from([case.wire for case in CASES]), max_size=4).map(
    b"".join
)
long_streams = st.builds(
    lambda before, length, after: before + b"x" * length + after,
    st.sampled_from([b"", b"a=b\n\n", b"\r\n\r\n", b"\n"]),
    st.integers(65520, 65540),
    streams,
)
cuts = st.lists(st.integers(0, 2**20), max_size=12)


def pieces(stream: bytes, places: list[int]) -> list[bytes]:
    """Cut a stream, each place taken modulo its length."""
    ends = sorted(place % (len(stream) + 1) for place in places)
    bounds = [0, *ends, len(stream)]
    return [stream[begin:end] for begin, end in itertools.pairwise(bounds)]


class TestFragments:
    @settings(max_examples=200)
    @given(streams | real_streams, cuts)
    def test_make_no_difference(self, stream: bytes, places: list[int]) -> None:
        """
        The same requests in the same order, the same bytes left over,
        however the network cuts the stream; and no exception, ever.
        """
        assert transcript([stream]) == transcript(pieces(stream, places))

    @given(streams)
    def test_of_one_byte_make_no_difference(self, stream: bytes) -> None:
        """Nor do the smallest ones."""
        single = [stream[at : at + 1] for at in range(len(stream))]

        assert transcript([stream]) == transcript(single)

    @given(long_streams, st.lists(st.integers(65500, 65560), max_size=8))
    @example(b"x" * 65535 + b"\n\r\n", [65537])
    @example(b"x" * 65533 + b"\n\r\n", [65534, 65535])
    @example(b"x" * 65534 + b"\n\n", [65535])
    def test_fail_at_the_same_place(self, stream: bytes, places: list[int]) -> None:
        """
        What is too long is too long under every cut, after the same requests
        and with the same words.
        """
        assert transcript([stream]) == transcript(pieces(stream, places))

    @given(streams, streams)
    def test_of_others_do_not_matter(self, stream: bytes, more: bytes) -> None:
        """What was understood stays so, whatever follows."""
        before = transcript([stream]).requests

        assert before == transcript([stream + more]).requests[: len(before)]

    @given(
        st.lists(
            st.dictionaries(
                st.text("abc_", min_size=1, max_size=4),
                st.text(
                    st.characters(codec="utf-8", exclude_characters="\n\r\0"),
                    max_size=9,
                ),
                min_size=1,
            ),
            max_size=4,
        ),
        cuts,
    )
    def test_lose_nothing(
        self, requests: list[dict[str, str]], places: list[int]
    ) -> None:
        """What is encoded comes out again, all of it, in order."""
        stream = b"".join(map(encode_request, requests))

        heard = transcript(pieces(stream, places))

        assert requests == heard.requests
        assert heard.buffered == 0
