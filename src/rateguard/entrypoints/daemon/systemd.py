"""The sockets that the daemon was started with."""

from __future__ import annotations

import array
import asyncio
import contextlib
import logging
import os
import socket
import time

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from rateguard.entrypoints.daemon.sockets import CannotListen, Listener
from rateguard.entrypoints.log.throttle import Throttle
from rateguard.entrypoints.settings.addresses import TcpAddress, UnixAddress


KEPT_CONNECTION = "connection"
"""The name under which it keeps a mail server's connection."""

_PATIENCE_SECONDS = 1.0
"""Far more than it takes; it must not hold up a request for longer."""

FIRST_DESCRIPTOR = 3
"""Those before it are the standard streams: sd_listen_fds(3)."""

GRACE_SECONDS = 1.0
"""How much later than its deadline a request may be answered on a busy machine."""

STATUS_SECONDS = 5.0
"""How often is looked without a watchdog, so that the status is up to date."""

_log = logging.getLogger(__name__)


@attrs.frozen
class ServiceManager:
    """
    Who started the daemon, and wants to know. Whatever goes wrong here is no
    reason to stop guarding.

    Attributes:
        address: NOTIFY_SOCKET: a path, or ``@name`` for an abstract socket;
            empty if nobody wants to know.
    """

    address: str = ""
    _said: Throttle = attrs.field(factory=Throttle, repr=False)

    def tell(self, **facts: object) -> bool:
        """Send facts, as ``READY=1``; whether they were sent."""
        return self._send(facts)

    def keep(self, descriptor: int) -> bool:
        """
        Give a connection into keeping, for the next daemon; whether it was
        sent. It stays open when this process closes it.
        """
        return self._send({"FDSTORE": 1, "FDNAME": KEPT_CONNECTION}, descriptor)

    def release(self) -> None:
        """
        Have the connections closed that are in keeping. Who was started with
        them has its own.
        """
        self._send({"FDSTOREREMOVE": 1, "FDNAME": KEPT_CONNECTION})

    def _send(self, facts: dict[str, object], *descriptors: int) -> bool:
        if not self.address:
            return False
        # One fact a line: a value must not begin another.
        lines = [f"{name}={' '.join(str(facts[name]).split())}" for name in facts]
        passed = array.array("i", descriptors)
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(_PATIENCE_SECONDS)
                sender.connect(_place(self.address))
                sender.sendmsg(
                    ["\n".join(lines).encode()], ancillary if descriptors else []
                )
        except OSError as error:
            if self._said.admit(error.errno, time.monotonic()) is not None:
                _log.warning("cannot tell %s %s: %s", self.address, lines[0], error)
            return False
        return True


def _place(address: str) -> str:
    return "\0" + address[1:] if address.startswith("@") else address


@attrs.frozen
class Inherited:
    """
    What systemd holds for us.

    Attributes:
        listeners: Their backlogs outlive this process.
        connections: Of mail servers, which the daemon before gave away.
    """

    listeners: Sequence[Listener] = ()
    connections: Sequence[socket.socket] = ()


def inherited(environment: Mapping[str, str], own_pid: int) -> Inherited:
    """
    Return what the variables LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES say.

    Raises:
        CannotListen: something is there on which nobody can connect.
    """
    if environment.get("LISTEN_PID") != str(own_pid):
        # Not meant for us, but for a process that did not clear it.
        return Inherited()
    text = environment.get("LISTEN_FDS") or "0"
    if not (text.isascii() and text.isdigit()):
        raise CannotListen(f"LISTEN_FDS: expected a number, got {text!r}")
    names = environment.get("LISTEN_FDNAMES", "").split(":")
    names += [""] * (int(text) - len(names))
    listeners: list[Listener] = []
    connections: list[socket.socket] = []
    for descriptor, name in enumerate(names[: int(text)], FIRST_DESCRIPTOR):
        if name == KEPT_CONNECTION:
            connections.extend(_connection(descriptor))
        else:
            listeners.append(_listener(descriptor, name))
    return Inherited(listeners, connections)


def _connection(descriptor: int) -> Sequence[socket.socket]:
    """Return the connection, or nothing if it is none: nobody misses it."""
    try:
        connection = _taken(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.close(descriptor)
        return ()
    return (connection,)


def _listener(descriptor: int, name: str) -> Listener:
    which = f"LISTEN_FDS: descriptor {descriptor} ({name or 'unnamed'})"
    try:
        found = _taken(descriptor)
    except OSError as error:
        raise CannotListen(f"{which}: {error.strerror}") from error
    address = _address(found)
    listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if address is None or found.type != socket.SOCK_STREAM or not listens:
        found.detach()
        raise CannotListen(
            f"{which} is no listening stream socket:"
            " the socket unit needs ListenStream=, and Accept=no"
        )
    return Listener(address, found)


def _taken(descriptor: int) -> socket.socket:
    taken = socket.socket(fileno=descriptor)
    taken.set_inheritable(False)
    taken.settimeout(0)
    return taken


def _address(found: socket.socket) -> TcpAddress | UnixAddress | None:
    name = found.getsockname()
    if found.family == socket.AF_UNIX:
        # Bytes are the name of an abstract socket, which begins with a zero.
        shown = (
            name if isinstance(name, str) else f"@{name[1:].decode(errors='replace')}"
        )
        return UnixAddress(Path(shown))
    if found.family in {socket.AF_INET, socket.AF_INET6}:
        return TcpAddress(*name[:2])
    return None


class Vitals(Protocol):
    """What tells whether requests are answered; a ``Committer`` does."""

    @property
    def judges(self) -> bool:
        """Whether the store works; without it mail passes uncounted."""
        ...

    def longest_wait(self) -> float:
        """Return for how many seconds the oldest request has been waiting."""
        ...

    def ended_lanes(self) -> Sequence[str]:
        """Return the names of the lanes whose thread is no more."""
        ...


@attrs.frozen
class Health:
    """
    Says what only a restart can mend.

    A store that hangs is nothing of the kind: what fails open is answered, too.

    Attributes:
        deadline: Seconds within which every request is answered.
    """

    vitals: Vitals
    deadline: float

    def ailment(self) -> str | None:
        """Return what keeps requests from being answered; None if nothing does."""
        ended = self.vitals.ended_lanes()
        if ended:
            return f"{', '.join(ended)} ended by itself"
        waits = self.vitals.longest_wait()
        if waits > self.deadline + GRACE_SECONDS:
            return f"a request has been waiting for {waits:.0f} s"
        return None

    def status(self) -> str:
        """Return a line for ``systemctl status``."""
        ailment = self.ailment()
        if ailment is not None:
            return f"not answering: {ailment}"
        if not self.vitals.judges:
            return "database unavailable, mail passes uncounted"
        return "guarding"


class Heartbeat:
    """
    Beats in the event loop: when that hangs, it stops of itself.

    Args:
        tell: As that of ``ServiceManager``.
        seconds: From one beat to the next.
    """

    def __init__(
        self, *, tell: Callable[..., object], seconds: float, health: Health
    ) -> None:
        self._tell = tell
        self._seconds = seconds
        self._health = health
        self._loop = asyncio.get_running_loop()
        self._status = ""
        self._ailment: str | None = None
        self._next: asyncio.TimerHandle | None = None

    def beat(self) -> None:
        self._next = self._loop.call_later(self._seconds, self.beat)
        facts: dict[str, object] = {}
        ailment = self._health.ailment()
        if ailment is None:
            facts["WATCHDOG"] = 1
        elif self._ailment is None:
            _log.error("the watchdog is not fed: %s", ailment)
        self._ailment = ailment
        status = self._health.status()
        if status != self._status:
            self._status = facts["STATUS"] = status
        if facts:
            self._tell(**facts)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()


@attrs.frozen
class Service:
    """
    How the process is a service of systemd; of nobody, if it is none.

    Attributes:
        beat_seconds: From one sign of life to the next.
    """

    manager: ServiceManager
    inherited: Inherited
    beat_seconds: float

    @classmethod
    def of(cls, environment: Mapping[str, str], own_pid: int) -> Service:
        """
        Read what the environment says.

        Raises:
            CannotListen: something is there on which nobody can connect.
        """
        return cls(
            ServiceManager(environment.get("NOTIFY_SOCKET", "")),
            inherited(environment, own_pid),
            _beat_seconds(environment, own_pid),
        )

    def ready(self) -> None:
        """All is accepted from now on."""
        # Ours by now; what is in keeping would stay open when we close them.
        self.manager.release()
        self.manager.tell(READY=1)

    def stopping(self) -> None:
        self.manager.tell(STOPPING=1, STATUS="stopping")

    def keep(self, descriptor: int) -> None:
        """Have a mail server's connection kept for the next daemon."""
        self.manager.keep(descriptor)


def _beat_seconds(environment: Mapping[str, str], own_pid: int) -> float:
    """Return half of what WATCHDOG_USEC allows, as sd_watchdog_enabled(3) advises."""
    text = environment.get("WATCHDOG_USEC", "")
    ours = environment.get("WATCHDOG_PID") in {None, "", str(own_pid)}
    if not ours or not text.isascii() or not text.isdigit():
        return STATUS_SECONDS
    return int(text) / 2_000_000 or STATUS_SECONDS
