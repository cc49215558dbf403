"""What is answered to those who watch."""

from __future__ import annotations

import pytest

from rateguard.entrypoints.daemon.metrics_server import Page, Pages
from rateguard.entrypoints.daemon.monitoring import has_pulse
from tests.unit.daemon.loops import HandLoop


def pages(*, alive: bool = True, store_up: bool = True) -> Pages:
    return Pages(lambda: b"some 1\n", lambda: alive, lambda: store_up)


def told(page: Page) -> tuple[int, bytes]:
    return page.status, page.text


class TestPages:
    @pytest.mark.parametrize("path", ["/metrics", "/metrics?name[]=up"])
    def test_have_the_metrics(self, path: str) -> None:
        """With the type by which Prometheus knows the format."""
        page = pages().page(path)

        assert told(page) == (200, b"some 1\n")
        assert page.kind == "text/plain; version=0.0.4; charset=utf-8"

    @pytest.mark.parametrize("path", ["/", "/metrics/", "/METRICS", "//", ""])
    def test_have_nothing_else(self, path: str) -> None:
        """Whoever is lost is told where things are."""
        assert told(pages().page(path)) == (404, b"there are /metrics and /healthz\n")

    @pytest.mark.parametrize("store_up", [True, False])
    def test_are_well_while_mail_flows(self, store_up: bool) -> None:
        """
        A store that is down is told, but is no reason to restart us or to
        send requests elsewhere.
        """
        degraded = b"degraded: database down, mail passes uncounted\n"
        expected = (200, b"ok\n" if store_up else degraded)

        assert expected == told(pages(store_up=store_up).page("/healthz"))

    @pytest.mark.parametrize("store_up", [True, False])
    def test_are_not_well_when_nobody_is_answered(self, store_up: bool) -> None:
        """That is one."""
        page = pages(alive=False, store_up=store_up).page("/healthz")

        assert told(page) == (503, b"requests are not answered\n")


class TestPulse:
    def test_is_none_of_a_loop_that_stands_still(self) -> None:
        """Nor of one that is closed."""
        loop = HandLoop()
        assert not has_pulse(loop, 0.0)

        loop.close()
        assert not has_pulse(loop, 0.0)
