"""Where metrics are to be had."""

from __future__ import annotations

import pytest

from rateguard.entrypoints.settings.addresses import HttpAddress
from tests.unit.settings.texts import problems, settings


FORMS = [
    ("127.0.0.1:9110", HttpAddress("127.0.0.1", 9110)),
    ("[::1]:9110", HttpAddress("::1", 9110)),
    ("0.0.0.0:0", HttpAddress("0.0.0.0", 0)),
    ("mail.example:65535", HttpAddress("mail.example", 65535)),
]


class TestMetricsListen:
    @pytest.mark.parametrize(("text", "address"), FORMS)
    def test_is_host_and_port(self, text: str, address: HttpAddress) -> None:
        """As web addresses have them, and shown as it was written."""
        assert address == settings(METRICS_LISTEN=text).metrics_listen
        assert text == str(address)

    def test_is_off(self) -> None:
        """Unless an address is given."""
        assert settings(METRICS_LISTEN="").metrics_listen is None

    @pytest.mark.parametrize(
        "text",
        ["9110", ":9110", "127.0.0.1", "127.0.0.1,9110", "::1:9110", "[::1]", "[]:1",
         "a:b:1", "a b:9110", "127.0.0.1:65536", "127.0.0.1:", "http://127.0.0.1:1",
         "127.0.0.1:9110/metrics"],
    )  # fmt: skip
    def test_is_nothing_else(self, text: str) -> None:
        """What cannot be bound is told before anything is."""
        (problem,) = problems(METRICS_LISTEN=text)

        assert problem.startswith("METRICS_LISTEN: expected host:port or [::1]:port,")
