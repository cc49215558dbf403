"""
All that guards, and the order in which it begins and ends.
"""

from __future__ import annotations

import asyncio
import logging

from collections.abc import Sequence

import attrs

from rateguard.domain.submission import sender_key
from rateguard.entrypoints.container.composition import Container
from rateguard.entrypoints.daemon.aftermath import Aftermath
from rateguard.entrypoints.daemon.committer import Committer, CommitterOptions
from rateguard.entrypoints.daemon.dispatchers import Dispatchers
from rateguard.entrypoints.daemon.lifecycle import STOP_SECONDS, drain
from rateguard.entrypoints.daemon.listener import Listener
from rateguard.entrypoints.daemon.processor import OneProcessor
from rateguard.entrypoints.daemon.responder import QuotaResponder
from rateguard.entrypoints.daemon.schema import SchemaLater
from rateguard.entrypoints.daemon.server import Server
from rateguard.entrypoints.monitoring.watching import Monitoring
from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.systemd.heartbeat import Health, Heartbeat
from rateguard.entrypoints.systemd.service import Service


_log = logging.getLogger(__name__)


@attrs.frozen
class Guard:
    """
    The parts of a daemon.

    Attributes:
        processor: None where our threads may roam.

        monitoring: None where nobody watches.

        schema: None where it is not ours to bring up.
    """

    service: Service
    committer: Committer
    dispatchers: Dispatchers
    server: Server
    heartbeat: Heartbeat
    processor: OneProcessor | None
    monitoring: Monitoring | None
    schema: SchemaLater | None

    @classmethod
    def of(cls, container: Container, service: Service) -> Guard:
        """
        Make everything, in the running event loop and before the first
        thread: see Container.
        """
        settings = container.settings()
        aftermath = Aftermath(container.decision_log(), container.meter())
        committer = _committer(container, settings, aftermath)
        container.pool()
        own = sender_key(settings.mail_user) if settings.mail_user else None
        responder = QuotaResponder(committer, aftermath=aftermath, own_sender=own)
        server = Server(responder)
        monitoring = None
        if settings.metrics_listen is not None:
            monitoring = Monitoring.of(
                container,
                settings.metrics_listen,
                committer=committer,
                responder=responder,
                server=server,
            )
        return cls(
            service,
            committer,
            container.dispatchers(),
            server,
            Heartbeat(
                tell=service.manager.tell,
                seconds=service.beat_seconds,
                health=Health(committer, settings.request_deadline.total_seconds()),
            ),
            OneProcessor.here() if settings.cpu_pinning else None,
            monitoring,
            SchemaLater(container.migrator()) if settings.db_auto_migrate else None,
        )

    async def start(self, listeners: Sequence[Listener]) -> None:
        """
        Begin to guard.
        """
        if self.processor:
            self.processor.start()
        self.committer.start()
        self.dispatchers.start()
        await self.server.listen(listeners)
        await self.server.take_on(self.service.inherited.connections)

    def ready(self) -> None:
        """
        Begin with what stands around it, and tell systemd.
        """
        if self.monitoring:
            self.monitoring.start()
        self.service.ready()
        self.heartbeat.beat()
        if self.schema:
            self.schema.start()

    async def stop(self) -> None:
        """
        End; what is in flight is answered first.
        """
        self.heartbeat.stop()
        if self.processor:
            self.processor.stop()
        self.service.stopping()
        # Who is told of a crossing may take his time; we guard meanwhile.
        self.dispatchers.stop()
        if not await asyncio.to_thread(self.dispatchers.join, STOP_SECONDS):
            _log.warning("ended while a notice was under way; it will be repeated")
        if self.monitoring:
            await asyncio.to_thread(self.monitoring.stop)
        if self.schema:
            await self.schema.stop(STOP_SECONDS)
        await self.server.stop(self.service.keep)
        await drain(self.committer)


def _committer(
    container: Container, settings: Settings, aftermath: Aftermath
) -> Committer:
    return Committer(
        judge=container.judge_submissions(),
        aftermath=aftermath,
        encode=container.replies().of,
        options=CommitterOptions(
            lanes=settings.db_lanes,
            deadline=settings.request_deadline.total_seconds(),
        ),
    )
