"""
Errors go to Sentry, and nothing about those who send mail.

Queue, thread, rate limits and the wire are those of Sentry's own SDK. None of its
integrations is installed, so nothing is patched: it is given what is logged as an
error, what ends a thread, and what ends the daemon.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time

from collections.abc import Callable, Iterable
from typing import Any, Self

import sentry_sdk

from sentry_sdk.integrations.logging import EventHandler
from sentry_sdk.transport import HttpTransport
from sentry_sdk.utils import Dsn, event_from_exception

from rateguard.adapters.sentry.scrubber import Scrubber
from rateguard.domain.errors import DeliveryFailed, RateGuardError
from rateguard.domain.ports import ATTEMPT_SECONDS


STOP_SECONDS = 2
"""How long the end of the process waits for reports that are on their way."""

_MINUTE = 60.0
_NAME_SECONDS = 0.5
_TEXT_LENGTH = 100_000
_TEST_TEXT = "RateGuard sent this to see that its reports arrive."
_DROPPED = {
    "full_queue": "too many reports are waiting",
    "self_rate_limits": "it asked for fewer reports",
    "status_429": "it asked for fewer reports (429)",
}

_log = logging.getLogger(__name__)


class _Transport(HttpTransport):
    """The SDK's own, which lets us know what was not taken."""

    TIMEOUT = 5
    dropped: str | None = None
    _told_at = -_MINUTE

    def on_dropped_event(self, reason: str) -> None:
        """Remember why, and log it once a minute; below what is reported."""
        why = _DROPPED.get(reason, reason.replace("_", " "))
        if reason == "network":
            # Called while it is handled.
            error = sys.exc_info()[1]
            why = str(getattr(error, "reason", error)) or type(error).__name__
        self.dropped = why
        if time.monotonic() - self._told_at >= _MINUTE:
            self._told_at = time.monotonic()
            _log.warning("Sentry did not take a report: %s", why)


class _OncePerPlace(logging.Filter):
    """
    One error a minute from each place: making an event takes the thread that
    judges mail a millisecond, and a bug may come with every message.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reported: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        place = (record.pathname, record.lineno, kind)
        if record.created - self._reported.get(place, 0.0) < _MINUTE:
            return False
        self._reported[place] = record.created
        return True


class Sentry:
    """
    A Sentry that is told of errors until it is stopped; a context manager that
    also reports an exception which leaves it.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - has two types
        self._client = client
        self._transport: _Transport = client.transport
        self._handler = EventHandler(logging.ERROR)
        self._handler.addFilter(_OncePerPlace())
        logging.getLogger().addHandler(self._handler)
        self._hook, threading.excepthook = threading.excepthook, self._thread_ended

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: object, _traceback: object) -> None:
        # What we raise on purpose is told to the operator, in a line.
        if isinstance(error, Exception) and not isinstance(error, RateGuardError):
            self._report(error, "main")
        self.stop()

    def send_test(self) -> None:
        """
        Send an event that says it is a test; return once Sentry has taken it.

        Raises:
            DeliveryFailed: it was not taken, or there was no answer in time.
        """
        self._transport.dropped = None
        begun = time.monotonic()
        text = {"message": _TEST_TEXT, "formatted": _TEST_TEXT}
        if sentry_sdk.capture_event({"level": "info", "logentry": text}) is None:
            raise DeliveryFailed("the event could not be made")
        self._client.flush(ATTEMPT_SECONDS)
        if self._transport.dropped:
            raise DeliveryFailed(f"Sentry did not take it: {self._transport.dropped}")
        if time.monotonic() - begun >= ATTEMPT_SECONDS:
            raise DeliveryFailed(f"no answer within {ATTEMPT_SECONDS:g} s")

    def stop(self) -> None:
        """Watch no longer; send what is queued, within :data:`STOP_SECONDS`."""
        logging.getLogger().removeHandler(self._handler)
        if threading.excepthook == self._thread_ended:
            threading.excepthook = self._hook
        self._client.close(STOP_SECONDS)
        sentry_sdk.get_global_scope().set_client(None)

    def _thread_ended(self, ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None and not issubclass(ended.exc_type, SystemExit):
            self._report(ended.exc_value, "threading")
        self._hook(ended)

    def _report(self, error: BaseException, origin: str) -> None:
        mechanism = {"type": origin, "handled": False}
        sentry_sdk.capture_event(
            *event_from_exception(error, self._client.options, mechanism)
        )


def start_sentry(
    *,
    dsn: str,
    environment: str,
    release: str,
    secrets: Iterable[str] = (),
    look_up: Callable[[], str] = socket.getfqdn,
) -> Sentry:
    """
    Begin to report errors. After the log was started: that takes all handlers
    away from the root logger. No report has any of the *secrets* in it; *look_up*
    returns the host's full name, in its own time.
    """
    parts = Dsn(dsn)
    scrubber = Scrubber([dsn, parts.public_key, parts.secret_key, *secrets])
    # send_default_pii is off unless it is set, which the SDK warns of.
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        transport=_Transport,
        before_send=scrubber.before_send,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Cut by the scrubber, which first has to see whole words.
        max_value_length=_TEXT_LENGTH,
        in_app_include=["rateguard"],
        send_client_reports=False,
        enable_backpressure_handling=False,
        spotlight=False,
        debug=False,
    )
    # Of each attempt that it repeats it logs a warning; the last is told above.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    # The kernel's name until the resolver has told the full one, which may take as
    # long as it likes.
    scope = sentry_sdk.get_global_scope()
    scope.set_tag("fqdn", socket.gethostname())

    def find() -> None:
        if name := look_up():
            scope.set_tag("fqdn", name)

    finding = threading.Thread(target=find, name="fqdn", daemon=True)
    finding.start()
    finding.join(_NAME_SECONDS)
    return Sentry(sentry_sdk.get_client())
