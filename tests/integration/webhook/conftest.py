"""An environment without proxies, receivers, and a look at what is left."""

from __future__ import annotations

import gc
import logging

from collections.abc import Iterator

import pytest

from tests.integration.rigs.daemon import until
from tests.integration.rigs.receiver import HookReceiver
from tests.integration.webhook.leaks import left_behind, sockets
from tests.integration.webhook.loggers import existing
from tests.unit.doubles import LogSpy


_MEANINGFUL = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies and authorities mean nothing here."""
    for name in _MEANINGFUL:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    """One that answers 200."""
    with HookReceiver() as receiver:
        yield receiver


@pytest.fixture
def nothing_leaks() -> Iterator[None]:
    """
    Soon after each of these tests its sockets and threads are gone, and not
    only because the garbage collector came.
    """
    before = sockets()
    gc.disable()
    try:
        yield
        until(lambda: not left_behind() and sockets() <= before)
    finally:
        gc.enable()


@pytest.fixture
def logged() -> Iterator[LogSpy]:
    """Everything that anybody logs, at DEBUG."""
    spy = LogSpy()
    loggers = existing()
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(spy)
    yield spy
    logging.getLogger().removeHandler(spy)
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)
