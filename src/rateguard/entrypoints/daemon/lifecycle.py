"""
The process: its event loop, its signals, its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys

from collections.abc import Callable
from typing import Any

from rateguard.entrypoints.daemon.committer import Committer


STOP_SECONDS = 10.0
"""How long what is in flight may take once we were told to stop."""

SWITCH_INTERVAL = 0.0005
"""
Seconds until a thread gives way to another. By default the event loop may
wait 5 ms for a lane to let go of the interpreter.
"""

_FORCED_EXIT = 1

_log = logging.getLogger(__name__)


def run(main: Callable[[], Any]) -> None:
    """
    Run a coroutine function to its end, on uvloop where it is installed.
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        import uvloop  # noqa: PLC0415 - an extra
    except ImportError:
        new_event_loop = None
    else:
        new_event_loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())


def stop_signal(on_hangup: Callable[[], None]) -> asyncio.Event:
    """
    Return what SIGTERM or SIGINT sets from now on; SIGHUP calls *on_hangup*. A
    second SIGTERM or SIGINT ends the process at once.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def stop() -> None:
        if told.is_set():
            os._exit(_FORCED_EXIT)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, on_hangup)
    return told


async def drain(committer: Committer) -> None:
    """
    Let the lanes finish what is queued, without waiting for one that hangs.
    """
    committer.stop()
    with contextlib.suppress(RuntimeError):
        hanging = await asyncio.to_thread(committer.join, STOP_SECONDS)
        if hanging:
            _log.error("ended while the store still hangs: %s", ", ".join(hanging))
