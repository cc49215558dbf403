"""A daemon that is watched, as Prometheus and load balancers do it."""

from __future__ import annotations

import http.client

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.integration.daemons import lines, serving
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.unit.observe.scraped import Samples, samples


_SECONDS = 30.0


@contextmanager
def watched(
    folder: Path, listen: str = "127.0.0.1:0", **settings: str
) -> Iterator[PrivateDaemon]:
    """A daemon that answers HTTP on a free port."""
    with serving(folder, "uvloop", METRICS_LISTEN=listen, **settings) as daemon:
        yield daemon


def address(daemon: PrivateDaemon) -> tuple[str, int]:
    """Return where it does; once it has said so."""
    until(lambda: lines(daemon, "metrics at http://"))
    url = lines(daemon, "metrics at http://")[-1].split()[-1]
    host, _, port = url.removeprefix("http://").partition("/")[0].rpartition(":")
    return host.strip("[]"), int(port)


def page(daemon: PrivateDaemon, path: str) -> tuple[int, str]:
    """Return status and text of a page."""
    with closing(http.client.HTTPConnection(*address(daemon), _SECONDS)) as client:
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read().decode()


def scrape(daemon: PrivateDaemon) -> Samples:
    """Return the metrics."""
    status, text = page(daemon, "/metrics")
    assert status == 200
    return samples(text)


def results(found: Samples) -> dict[str, float]:
    """Return the requests by their result."""
    return {
        name: found[f'rateguard_requests_total{{result="{name}"}}']
        for name in ("accepted", "blocked", "ignored", "failed_open")
    }


def scrape_once_counted(daemon: PrivateDaemon, requests: int) -> Samples:
    """Return the metrics that have so many: each is counted after its reply."""
    found: list[Samples] = []

    def counted() -> bool:
        found.append(scrape(daemon))
        return sum(results(found[-1]).values()) >= requests

    until(counted)
    return found[-1]
