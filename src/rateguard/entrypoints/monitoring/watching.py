"""
Metrics and health, beside the daemon and never in the way of mail.
"""

from __future__ import annotations

import asyncio
import functools
import threading

import attrs

from rateguard.adapters.observe.metrics.vitals import Vitals
from rateguard.entrypoints.container.composition import Container
from rateguard.entrypoints.daemon.committer import Committer
from rateguard.entrypoints.daemon.lifecycle import STOP_SECONDS
from rateguard.entrypoints.daemon.responder import QuotaResponder
from rateguard.entrypoints.daemon.server import Server
from rateguard.entrypoints.monitoring.server import MetricsServer, open_http
from rateguard.entrypoints.monitoring.surveyor import Surveyor
from rateguard.entrypoints.settings.addresses import HttpAddress


PULSE_SECONDS = 2.0
"""Within these the event loop has to react, or requests are not answered."""


@attrs.frozen
class Monitoring:
    """
    The threads that watch, and those who answer.
    """

    surveyor: Surveyor
    server: MetricsServer

    @classmethod
    def of(
        cls,
        container: Container,
        address: HttpAddress,
        *,
        committer: Committer,
        responder: QuotaResponder,
        server: Server,
    ) -> Monitoring:
        """
        Return what watches these, in the running event loop.
        """
        tally = container.tally()
        surveyor = Surveyor(container.survey_store())

        def store_up() -> bool:
            return tally.store_judges() and surveyor.store_answers()

        vitals = Vitals(
            connections=server.connections,
            waiting=committer.waiting,
            ignored=lambda: responder.ignored,
            store_errors=committer.store_errors,
            deliveries=container.dispatchers().outcomes,
            store_up=store_up,
            survey=surveyor.latest,
        )
        alive = functools.partial(has_pulse, asyncio.get_running_loop())
        # The web server of the standard library, for those who want it.
        from rateguard.entrypoints.monitoring.pages import Pages  # noqa: PLC0415

        pages = Pages(container.exposition(vitals), alive, store_up)
        listen = functools.partial(open_http, address)
        return cls(surveyor, MetricsServer(listen, pages))

    def start(self) -> None:
        """
        Begin to watch and to answer.
        """
        self.surveyor.start()
        self.server.start()

    def stop(self) -> None:
        """
        End it, without waiting for those who ask.
        """
        self.server.stop()
        self.surveyor.stop()
        self.surveyor.join(STOP_SECONDS)


def has_pulse(loop: asyncio.AbstractEventLoop, seconds: float = PULSE_SECONDS) -> bool:
    """
    Whether an event loop that runs in another thread reacts.
    """
    reacted = threading.Event()
    try:
        loop.call_soon_threadsafe(reacted.set)
    except RuntimeError:
        # It is closed.
        return False
    return reacted.wait(seconds)
