"""
Errors go to Sentry, and nothing about those who send mail.

A client of our own and not the SDK's global one: no integration is installed,
nothing is patched, nothing is sent but what is handed to it here.
"""

from __future__ import annotations

import gzip
import socket

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from sentry_sdk import Client
from sentry_sdk.consts import VERSION
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sentry_sdk.utils import Dsn, event_from_exception

from rateguard import __version__
from rateguard.domain.errors import DeliveryFailed, RateGuardError
from rateguard.domain.ports import ATTEMPT_SECONDS
from rateguard.entrypoints.sentry.event import TEST, described
from rateguard.entrypoints.sentry.host_name import HostName
from rateguard.entrypoints.sentry.post import SentryPost
from rateguard.entrypoints.sentry.reports import Report, Reporter
from rateguard.entrypoints.sentry.scrubber import Scrubber
from rateguard.entrypoints.sentry.watch import FaultWatch
from rateguard.entrypoints.settings import Settings


STOP_SECONDS = 2.0
"""How long the end of the process may wait for reports that are on their way."""

_TEXT_LENGTH = 100_000


class _Transport(Transport):
    """
    Sends at once, in the thread that asks, and lets it know the outcome.

    Attributes:
        taken: The id of the event that was taken last.
    """

    def __init__(self, post: SentryPost) -> None:
        super().__init__()
        self._post = post
        self.taken: str | None = None

    def capture_envelope(self, envelope: Envelope) -> None:
        """
        Post it.

        Raises:
            DeliveryFailed: Sentry did not take it.
        """
        self._post.send(gzip.compress(envelope.serialize()))
        self.taken = envelope.headers.get("event_id")


class Sentry:
    """
    A Sentry that is told of errors, until it is stopped; a context manager
    that also reports an exception which leaves it.
    """

    def __init__(self, transport: _Transport, client: Client, host: HostName) -> None:
        self._transport = transport
        self._client = client
        self._host = host
        self._reporter = Reporter(self._send)
        self._watch = FaultWatch(self._reporter)
        self._watch.begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        # What we raise on purpose is told to the operator, in a line.
        if isinstance(error, Exception) and not isinstance(error, RateGuardError):
            self._reporter.report(Report("main", error=error))
        self.stop()

    def send_test(self) -> None:
        """
        Send an event that says it is a test; return once Sentry has taken it.

        Raises:
            DeliveryFailed: it was not taken, or there was no answer in time.
        """
        self._reporter.deliver(Report(TEST), ATTEMPT_SECONDS)

    def stop(self) -> None:
        """
        Watch no longer, send what is queued, within :data:`STOP_SECONDS`.
        """
        self._watch.end()
        self._host.settle()
        self._reporter.stop(STOP_SECONDS)

    def _send(self, report: Report) -> None:
        host = self._host.get()
        event = {**self._described(report), "server_name": host, "tags": {"fqdn": host}}
        event_id = self._client.capture_event(event)  # type: ignore[arg-type]
        if event_id is None or event_id != self._transport.taken:
            raise DeliveryFailed("the event could not be made")

    def _described(self, report: Report) -> dict[str, Any]:
        event = described(report)
        if report.error is not None:
            found, _hint = event_from_exception(
                report.error,
                client_options=self._client.options,
                mechanism={
                    "type": report.origin,
                    "handled": report.record is not None,
                },
            )
            event["exception"] = found["exception"]
        return event


def start_sentry(
    settings: Settings, look_up: Callable[[], str] = socket.getfqdn
) -> Sentry | None:
    """
    Begin to report errors; None if there is no SENTRY_DSN. After the log was
    started: that takes all handlers away from the root logger.

    Args:
        settings: Those of the daemon.

        look_up: Returns the host's fully qualified name, in its own time.
    """
    if settings.sentry_dsn is None:
        return None
    dsn = Dsn(settings.sentry_dsn)
    scrubber = Scrubber(
        [
            *(settings.sentry_dsn, dsn.public_key, dsn.secret_key),
            *(settings.db_password, settings.webhook_secret, settings.mail_password),
        ]
    )
    transport = _Transport(_post_of(dsn, scrubber))
    client = _client_of(settings, transport, scrubber)
    return Sentry(transport, client, HostName(look_up))


def _post_of(dsn: Dsn, scrubber: Scrubber) -> SentryPost:
    auth = dsn.to_auth(f"rateguard/{__version__}")
    headers = {
        "Content-Type": "application/x-sentry-envelope",
        "Content-Encoding": "gzip",
        "User-Agent": f"rateguard/{__version__} sentry-sdk/{VERSION}",
        "X-Sentry-Auth": auth.to_header(),
    }
    return SentryPost(auth.get_api_url(), headers, scrubber.text)


def _client_of(settings: Settings, transport: _Transport, scrubber: Scrubber) -> Client:
    return Client(
        dsn=settings.sentry_dsn,
        transport=transport,
        environment=settings.sentry_environment,
        release=__version__,
        server_name="",
        before_send=lambda event, _hint: scrubber.event(event),  # type: ignore[arg-type,return-value]
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Cut by the scrubber, which first has to see whole words.
        max_value_length=_TEXT_LENGTH,
        in_app_include=["rateguard"],
        auto_session_tracking=False,
        send_client_reports=False,
        enable_backpressure_handling=False,
        spotlight=False,
        debug=False,
    )
