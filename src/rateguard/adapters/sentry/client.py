"""
Errors go to Sentry, and nothing about those who send mail.

A client of our own and not the SDK's global one: no integration is installed,
nothing is patched, nothing is sent but what is handed to it here.
"""

from __future__ import annotations

import collections
import gzip
import http.client
import logging
import platform
import queue
import re
import socket
import threading
import time
import urllib.error
import urllib.request

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from email.message import Message
from types import TracebackType
from typing import Any, Self

import attrs

from sentry_sdk import Client
from sentry_sdk.consts import VERSION
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from sentry_sdk.utils import Dsn, event_from_exception

from rateguard import __version__
from rateguard.adapters.sentry.scrubber import Scrubber
from rateguard.domain.errors import DeliveryFailed, RateGuardError
from rateguard.domain.ports import ATTEMPT_SECONDS
from rateguard.entrypoints.log.throttle import Throttle
from rateguard.entrypoints.settings import Settings


MOST_A_MINUTE = 20
"""Reports, of all places together."""

MOST_WAITING = 20
"""Reports; each keeps the frames of its traceback alive."""

_MINUTE = 60.0

_log = logging.getLogger(__name__)


@attrs.frozen(eq=False)
class Report:
    """
    Something that went wrong, or a test.

    Attributes:
        origin: Who noticed it.

        record: What was logged about it.

        error: The exception, if there was one.

        held_back: How many of the same place were not reported since the last.
    """

    origin: str
    record: logging.LogRecord | None = None
    error: BaseException | None = None
    held_back: int = 0

    @property
    def place(self) -> Hashable:
        """The place in the code, and what was raised there."""
        if self.error is not None and self.error.__traceback__ is not None:
            last = self.error.__traceback__
            while last.tb_next is not None:
                last = last.tb_next
            code = last.tb_frame.f_code
            return (type(self.error), code.co_filename, last.tb_lineno)
        if self.record is not None:
            return (self.record.name, self.record.pathname, self.record.lineno)
        return (type(self.error),)


class ReportLimit:
    """
    One report a minute of each place, :data:`MOST_A_MINUTE` in any minute.

    Used by any thread. Times are seconds of any one clock.
    """

    def __init__(self) -> None:
        self._places = Throttle(_MINUTE)
        self._times = collections.deque[float](maxlen=MOST_A_MINUTE)
        # What the garbage collector ends may log an error in the midst of this.
        self._lock = threading.RLock()

    def admit(self, place: Hashable, now: float) -> int | None:
        """
        Return how many of this place were held back since its last report, or
        None to hold this one back.
        """
        with self._lock:
            times = self._times
            if len(times) == MOST_A_MINUTE and now - times[0] < _MINUTE:
                return None
            held_back = self._places.admit(place, now)
            if held_back is not None:
                times.append(now)
            return held_back


class Reporter:
    """
    The thread that sends.

    Args:
        send:
            Sends one report; raises DeliveryFailed if it could not. May take
            its time.

        clock: Returns seconds.
    """

    def __init__(
        self,
        send: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._clock = clock
        self._limit = ReportLimit()
        self._failures = Throttle()
        self._waiting: queue.SimpleQueue[tuple[Report, Future[None] | None] | None] = (
            queue.SimpleQueue()
        )
        # A daemon thread: a receiver that hangs must not keep us from ending.
        self._thread = threading.Thread(target=self._work, name="reports", daemon=True)
        self._thread.start()

    def report(self, report: Report) -> None:
        """Queue a report, or hold it back. From any thread, in microseconds."""
        if threading.current_thread() is self._thread:
            return
        held_back = self._limit.admit(report.place, self._clock())
        if held_back is not None and self._waiting.qsize() < MOST_WAITING:
            self._waiting.put((attrs.evolve(report, held_back=held_back), None))

    def deliver(self, report: Report, seconds: float) -> None:
        """
        Send a report, whatever was sent before, and wait for the outcome.

        Raises:
            DeliveryFailed: it did not arrive, or nobody knows after *seconds*.
        """
        outcome: Future[None] = Future()
        self._waiting.put((report, outcome))
        try:
            outcome.result(seconds)
        except TimeoutError:
            raise DeliveryFailed(f"no answer within {seconds:g} s") from None

    def stop(self, seconds: float) -> bool:
        """Send what is queued and end; whether that was done within *seconds*."""
        self._waiting.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            report, outcome = waiting
            try:
                self._send(report)
            except Exception as error:  # noqa: BLE001 - it must not end the thread
                self._tell(error, outcome)
            else:
                if outcome is not None:
                    outcome.set_result(None)
            # Not to be kept alive until the next one comes.
            del waiting, report, outcome

    def _tell(self, error: Exception, outcome: Future[None] | None) -> None:
        if outcome is not None:
            outcome.set_exception(error)
        elif (held_back := self._failures.admit(None, self._clock())) is not None:
            _log.warning(
                "cannot report an error: %s (%d more)",
                error,
                held_back,
                exc_info=None if isinstance(error, DeliveryFailed) else error,
            )


TEST = "test"
"""The origin of a report of nothing."""

_TEST_TEXT = "RateGuard sent this to see that its reports arrive."
_OUTLINE = re.compile(r"""[^(<\[{'"`=:\n]*""")


def described(report: Report) -> dict[str, Any]:
    """Return the event of a report, without its exception; not scrubbed yet."""
    version = platform.python_version()
    event: dict[str, Any] = {
        "level": "error",
        "contexts": {"runtime": {"name": "Python", "version": version}},
        "extra": {"held_back": report.held_back},
    }
    if report.origin == TEST:
        text = {"message": _TEST_TEXT, "formatted": _TEST_TEXT}
        event |= {"level": "info", "logentry": text}
    if report.record is not None:
        event |= _logged(report.record)
        if report.error is None:
            # Sentry groups by the template, and that of many is but "%s".
            event["fingerprint"] = [
                report.record.name,
                report.record.funcName,
                event["logentry"]["message"],
            ]
    return event


def _logged(record: logging.LogRecord) -> dict[str, Any]:
    template = str(record.msg)
    try:
        said = record.getMessage()
    except Exception:  # noqa: BLE001 - the arguments do not fit the template
        said = template
    if record.name.partition(".")[0] != "rateguard":
        # asyncio's lines show the arguments of callbacks: what somebody sent.
        found = _OUTLINE.match(template)
        template = said = found[0].strip() if found else ""
    return {
        "level": "fatal" if record.levelno >= logging.CRITICAL else "error",
        "logger": record.name,
        "logentry": {"message": template, "formatted": said},
    }


_PATIENCE = 3.0


class HostName:
    """
    The fully qualified name of this host.

    The resolver is asked beside everything else, since it may take as long as
    it likes; meanwhile the kernel's name does.
    """

    def __init__(self, look_up: Callable[[], str] = socket.getfqdn) -> None:
        self._look_up = look_up
        self._name = socket.gethostname()
        self._settled = threading.Event()
        threading.Thread(target=self._find, name="fqdn", daemon=True).start()

    def get(self) -> str:
        """Return the best name known; the first time that may take some seconds."""
        self._settled.wait(_PATIENCE)
        self._settled.set()
        return self._name

    def settle(self) -> None:
        """Let nobody wait any longer."""
        self._settled.set()

    def _find(self) -> None:
        try:
            self._name = self._look_up() or self._name
        finally:
            self._settled.set()


_UNREPORTED = ("sentry_sdk", "urllib3")


class FaultHandler(logging.Handler):
    """Reports what is logged as an error or worse."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(logging.ERROR)
        self._reporter = reporter

    def emit(self, record: logging.LogRecord) -> None:
        """Report a record, unless it comes from the library that sends reports."""
        if not record.name.startswith(_UNREPORTED):
            error = record.exc_info[1] if record.exc_info else None
            self._reporter.report(Report("logging", record, error))


class FaultWatch:
    """Reports errors that are logged, and exceptions that end a thread."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._handler = FaultHandler(reporter)
        self._level = logging.NOTSET
        self._hook = threading.excepthook

    def begin(self) -> None:
        """Watch from now on. The log goes where it went, and is no longer."""
        root = logging.getLogger()
        self._level = root.level
        if root.level > logging.ERROR:
            for output in root.handlers:
                output.setLevel(max(output.level, root.level))
            root.setLevel(logging.ERROR)
        root.addHandler(self._handler)
        self._hook, threading.excepthook = threading.excepthook, self._thread_ended

    def end(self) -> None:
        """Watch no longer."""
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level)
        if threading.excepthook == self._thread_ended:
            threading.excepthook = self._hook

    def _thread_ended(self, ended: threading.ExceptHookArgs) -> None:
        if not issubclass(ended.exc_type, SystemExit):
            self._reporter.report(Report("threading", error=ended.exc_value))
        self._hook(ended)


POST_SECONDS = 5.0
"""For connecting, and for each piece of the answer; its body is not read."""

_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0
_TOO_MANY = 429
_EVERYTHING = ""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Takes a redirection for a failure: followed, it would become a GET."""

    def redirect_request(self, *_args: object) -> None:
        """Follow none."""


@attrs.define
class SentryPost:
    """
    One ingest. Proxies are taken from the environment (``HTTPS_PROXY`` …),
    certificates are verified with the authorities of the system.

    Attributes:
        clean: Returns what may be shown of a text.

        clock: Returns seconds.
    """

    url: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    clean: Callable[[str], str] = str
    clock: Callable[[], float] = time.monotonic
    _silent_until: float = 0.0
    _opener: urllib.request.OpenerDirector = attrs.field(
        factory=lambda: urllib.request.build_opener(_NoRedirects), repr=False
    )

    def send(self, body: bytes) -> None:
        """
        Post an envelope; return once Sentry has taken it.

        Raises:
            DeliveryFailed: it was not taken, or Sentry asked for silence.
        """
        left = self._silent_until - self.clock()
        if left > 0:
            raise DeliveryFailed(f"Sentry asked to be left alone for {left:.0f} s")
        request = urllib.request.Request(  # noqa: S310 - settings admit http(s) only
            self.url, body, dict(self.headers), method="POST"
        )
        try:
            with self._opener.open(request, timeout=POST_SECONDS) as answer:
                self._heed(answer.status, answer.headers)
        except urllib.error.HTTPError as refusal:
            with refusal:
                self._heed(refusal.code, refusal.headers)
                why = refusal.headers.get("X-Sentry-Error") or refusal.reason
                raise self._failed(f"{refusal.code} {why}") from None
        except urllib.error.URLError as error:
            raise self._failed(str(error.reason)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._failed(str(error) or type(error).__name__) from error

    def _failed(self, why: str) -> DeliveryFailed:
        return DeliveryFailed(f"Sentry did not take it: {self.clean(why)}")

    def _heed(self, status: int, headers: Message) -> None:
        pause = pause_asked_for(status, headers)
        if pause:
            self._silent_until = self.clock() + pause


def pause_asked_for(status: int, headers: Message) -> float:
    """
    Return for how many seconds Sentry wants no more events, as
    https://develop.sentry.dev/sdk/expected-features/rate-limiting/ has it.
    """
    limits = headers.get("X-Sentry-Rate-Limits")
    if limits:
        pauses = [_pause_of(limit) for limit in limits.split(",")]
    elif status == _TOO_MANY:
        pauses = [_seconds(headers.get("Retry-After", ""))]
    else:
        pauses = [0.0]
    return min(max(pauses), _LONGEST_PAUSE)


def _pause_of(limit: str) -> float:
    seconds, _, rest = limit.strip().partition(":")
    categories = rest.partition(":")[0].split(";")
    return _seconds(seconds) if {_EVERYTHING, "error"} & {*categories} else 0.0


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(int(text)))
    except ValueError:
        return _PAUSE


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
        """Watch no longer, send what is queued, within :data:`STOP_SECONDS`."""
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
