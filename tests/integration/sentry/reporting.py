"""
A program whose errors are reported as the daemon's are. Its last argument
names what it does; how long that took goes to standard output, as JSON.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time

from contextlib import nullcontext

from rateguard import __version__
from rateguard.adapters.sentry.client import Sentry, start_sentry
from rateguard.domain.errors import StoreOutdated
from rateguard.domain.submission import Submission
from rateguard.entrypoints.log.config import start_log
from rateguard.entrypoints.settings.environment import load


_log = logging.getLogger("rateguard.reporting")

_SUBMISSION = Submission(
    sender="ali ce".replace(" ", "-"),
    login="ali.ce example.org".replace(" ", "@"),
    client_address="192 0 2 77".replace(" ", "."),
)
"""Not written out here, for the source is sent."""


def fail(login: str) -> None:
    """Raise an exception that quotes what somebody sent."""
    raise KeyError(login, _SUBMISSION)


def fail_too(login: str) -> None:
    """Do the same in another place."""
    raise KeyError(login)


def faults() -> None:
    """Everything that is reported, once the host's name is known."""
    for thread in threading.enumerate():
        if thread.name == "fqdn":
            thread.join()
    _log.info("asked by %s", _SUBMISSION.login)
    _log.warning("slow for %s", _SUBMISSION.login)
    _log.critical("cannot reach %s", _SUBMISSION.login)
    try:
        fail(_SUBMISSION.sender)
    except KeyError:
        _log.exception("cannot judge %r", _SUBMISSION)
    thread = threading.Thread(target=fail_too, args=(_SUBMISSION.login,))
    thread.start()
    thread.join()
    raise ZeroDivisionError(f"of {_SUBMISSION.login}")


def nothing() -> None:
    """Nothing that is reported."""
    _log.info("info")
    _log.warning("warning")
    logging.getLogger("sentry_sdk.errors").error("an error")
    raise StoreOutdated("migrations are pending")


def error() -> None:
    """One error."""
    _log.error("an error")


def several() -> None:
    """A few errors in a few places, one after the other."""
    _log.error("first")
    _log.error("second")
    _log.error("third")


def flood() -> None:
    """Many errors in one place, and one in another."""
    for number in range(20_000):
        _log.error("error %d of %s", number, _SUBMISSION)
    _log.error("the last")


def main() -> None:
    """Report what one of the functions above makes."""
    settings = load().settings
    took: dict[str, float] = {}
    log = start_log(settings)
    look_up = {"look_up": threading.Event().wait} if "nameless" in sys.argv else {}
    started = time.monotonic()
    sentry = None
    if settings.sentry_dsn is not None:
        sentry = start_sentry(
            dsn=settings.sentry_dsn,
            environment=settings.sentry_environment,
            release=__version__,
            secrets=settings.secrets(),
            **look_up,  # type: ignore[arg-type]
        )
    took["start"] = time.monotonic() - started
    try:
        with sentry or nullcontext():
            try:
                globals()[sys.argv[-1]]()
            finally:
                ending = time.monotonic()
                took["work"] = ending - started - took["start"]
    finally:
        took["stop"] = time.monotonic() - ending
        took["watched"] = isinstance(sentry, Sentry)
        print(json.dumps(took), flush=True)
        log.stop()


if __name__ == "__main__":
    main()
