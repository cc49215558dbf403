"""An event loop whose clock is the test's."""

from __future__ import annotations

import asyncio
import functools
import threading

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec


_GUARD = 60.0

_Arguments = ParamSpec("_Arguments")


class HandLoop(asyncio.SelectorEventLoop):
    """A real loop; only its clock stands still unless the test moves it."""

    def __init__(self) -> None:
        self._now = 1000.0
        super().__init__()

    def time(self) -> float:
        """Return the seconds of the loop's clock."""
        return self._now

    def skip(self, seconds: float) -> None:
        """Put the clock forward; what is due then runs with the next turn."""
        self._now += seconds


def hand_loop() -> HandLoop:
    """Return the loop that the test runs in."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HandLoop)
    return loop


async def turns(count: int = 3) -> None:
    """Let everything run that is ready, and what that makes ready."""
    for _ in range(count):
        await asyncio.sleep(0)


def in_loop(
    test: Callable[_Arguments, Coroutine[Any, Any, None]],
) -> Callable[_Arguments, None]:
    """Run a test in a loop of its own; it fails when it waits in vain."""

    async def guarded(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        task = asyncio.current_task()
        assert task is not None
        stop = functools.partial(hand_loop().call_soon_threadsafe, task.cancel)
        guard = threading.Timer(_GUARD, stop)
        guard.daemon = True
        guard.start()
        try:
            await test(*args, **kwargs)
        finally:
            guard.cancel()

    @functools.wraps(test)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        with asyncio.Runner(loop_factory=HandLoop) as runner:
            runner.run(guarded(*args, **kwargs))

    return run
