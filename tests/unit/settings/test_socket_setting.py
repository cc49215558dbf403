"""Where to listen."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.entrypoints.settings.addresses import Address, TcpAddress, UnixAddress
from tests.unit.settings.texts import problems, settings


class TestSocket:
    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("127.0.0.1,10033", TcpAddress("127.0.0.1", 10033)),
            ("[::1],10033", TcpAddress("::1", 10033)),
            ("::1,10033", TcpAddress("::1", 10033)),
            ("[::],65535", TcpAddress("::", 65535)),
            ("0.0.0.0,0", TcpAddress("0.0.0.0", 0)),
            ("localhost,10033", TcpAddress("localhost", 10033)),
            ("fe80::1%eth0,1", TcpAddress("fe80::1%eth0", 1)),
            ("m\u00fcller.example,1", TcpAddress("m\u00fcller.example", 1)),
            ("/run/rateguard/socket", UnixAddress(Path("/run/rateguard/socket"))),
            ("/run/a,10033", UnixAddress(Path("/run/a,10033"))),
        ],
    )
    def test_has_many_forms(self, text: str, address: Address) -> None:
        """Host and port, an IPv6 address with brackets or without, a path."""
        assert (address,) == settings(SOCKET=text).socket

    def test_may_be_several(self) -> None:
        """Separated by spaces, in the order given."""
        text = "  /run/rateguard  [::1],10033\t127.0.0.1,10033 "

        expected = (
            UnixAddress(Path("/run/rateguard")),
            TcpAddress("::1", 10033),
            TcpAddress("127.0.0.1", 10033),
        )
        assert expected == settings(SOCKET=text).socket

    @pytest.mark.parametrize(
        "text",
        [
            "10033",
            "127.0.0.1",
            "127.0.0.1:10033",
            ",10033",
            "[],10033",
            "127.0.0.1,",
            "127.0.0.1,x",
            "127.0.0.1,-1",
            "127.0.0.1,65536",
            "127.0.0.1, 10033",
            "a,b,10033",
            "[::1,10033",
            "::1],10033",
            "[[::1]],10033",
            "a..b,10033",
            "x" * 64 + ",10033",
            "run/rateguard",
            "unix:/run/rateguard",
            "/run/\0",
            "\udc80,10033",
            "127.0.0.1,1 127.0.0.1,1",
            "::1,1 [::1],1",
            "/a /a",
        ],
    )
    def test_is_nothing_else(self, text: str) -> None:
        """What cannot be bound is told before anything is, and no address twice."""
        (problem,) = problems(SOCKET=text)

        assert problem.startswith("SOCKET: expected host,port or [::1],port or an")

    @given(
        st.builds(
            TcpAddress,
            st.sampled_from(["127.0.0.1", "::1", "::", "localhost", "mail.example"]),
            st.integers(0, 65535),
        )
        | st.builds(UnixAddress, st.sampled_from([Path("/a"), Path("/run/x,1")]))
    )
    def test_is_shown_as_it_may_be_written(self, address: Address) -> None:
        """What an error or a log line shows can be pasted into SOCKET."""
        assert (address,) == settings(SOCKET=str(address)).socket
