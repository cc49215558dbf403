"""What Postfix asks of us, service by service, and how that is changed."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import socket

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from rateguard.entrypoints.cli.doctor.findings import Finding
from rateguard.entrypoints.cli.doctor.main_cf.postconf import MailServer, Smtpd
from rateguard.entrypoints.cli.doctor.main_cf.restrictions import (
    PolicyAsk,
    is_check,
    policy_asks,
    words,
)
from rateguard.entrypoints.settings.addresses import Address, TcpAddress, UnixAddress


COUNTED_LISTS = ("smtpd_data_restrictions", "smtpd_end_of_data_restrictions")
"""Where a message is counted."""

OTHER_LISTS = (
    "smtpd_recipient_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_sender_restrictions",
    "smtpd_helo_restrictions",
    "smtpd_client_restrictions",
    "smtpd_etrn_restrictions",
)

_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_LOCALHOST = frozenset({"localhost", "127.0.0.1", "::1", ""})


@attrs.frozen
class Asked:
    """
    A policy service that an smtpd service asks in one of its lists.

    Attributes:
        place: Where that is, as smtpd sees it; None for what is no address.
    """

    list_name: str
    ask: PolicyAsk
    place: Address | None

    def reaches(self, addresses: Iterable[Address]) -> bool:
        """Whether one of *addresses* is asked."""
        return any(_same(self.place, each) for each in addresses)


def asked_in(
    server: MailServer, service: Smtpd, lists: Sequence[str]
) -> Iterator[Asked]:
    """Yield every policy service that is asked in these lists."""
    for name in lists:
        for ask in policy_asks(server.restrictions(name, service)):
            place = place_of(ask.service, server=server, chrooted=service.chrooted)
            yield Asked(name, ask, place)


def place_of(written: str, *, server: MailServer, chrooted: bool) -> Address | None:
    """Return what ``inet:host:port`` or ``unix:path`` means to smtpd."""
    kind, _, rest = written.partition(":")
    if kind == "unix":
        queue = server.value("queue_directory")
        # os.path.join would let an absolute path win, as it does without chroot.
        inside = f"{queue}/{rest}" if chrooted else os.path.join(queue, rest)  # noqa: PTH118
        return UnixAddress(Path(os.path.normpath(inside)))
    if kind != "inet":
        return None
    host, _, port = rest.rpartition(":")
    try:
        number = int(port) if port.isdigit() else socket.getservbyname(port, "tcp")
    except OSError:
        return None
    return TcpAddress(host.strip("[]"), number)


def name_for(address: Address, *, server: MailServer, chrooted: bool) -> str | None:
    """
    Return how ``main.cf`` names our address so that smtpd finds it; None if
    it cannot: a path outside the folder that smtpd is locked into.
    """
    if isinstance(address, TcpAddress):
        host = _WILDCARDS.get(address.host, address.host)
        return f"inet:{f'[{host}]' if ':' in host else host}:{address.port}"
    queue = server.value("queue_directory")
    path = os.path.normpath(address.path)
    if path.startswith(f"{queue}/"):
        return f"unix:{path.removeprefix(f'{queue}/')}"
    return None if chrooted else f"unix:{path}"


def _same(asked: Address | None, ours: Address) -> bool:
    if isinstance(asked, TcpAddress) and isinstance(ours, TcpAddress):
        return asked.port == ours.port and (
            ours.host in _WILDCARDS
            or asked.host == ours.host
            or {asked.host, ours.host} <= _LOCALHOST
        )
    if isinstance(asked, UnixAddress) and isinstance(ours, UnixAddress):
        return asked.path.resolve() == ours.path.resolve()
    return False


_TAKES_ARGUMENT = re.compile(r"check_|reject_rbl|reject_rhsbl|permit_(dnswl|rhswl)_")


@attrs.frozen
class Questions:
    """
    Postfix on one side, our addresses on the other.

    Attributes:
        addresses: Where we listen.

        deadline: How long we may take for an answer.

        options: What every command of Postfix needs to find its folder.
    """

    server: MailServer
    addresses: Sequence[Address]
    deadline: dt.timedelta = dt.timedelta(seconds=5)
    options: Sequence[str] = ()

    def ours(self, service: Smtpd, lists: Sequence[str] = COUNTED_LISTS) -> list[Asked]:
        """Return where that service asks us."""
        asked = asked_in(self.server, service, lists)
        return [each for each in asked if each.reaches(self.addresses)]

    def name_of_ours(self, service: Smtpd) -> str | None:
        """Return how that service can name us; None if it cannot."""
        names = (
            name_for(each, server=self.server, chrooted=service.chrooted)
            for each in self.addresses
            if not isinstance(each, TcpAddress) or each.port
        )
        return next(filter(None, names), None)

    def each_service(
        self, rule: Callable[[Smtpd], Iterable[Finding]]
    ) -> Iterator[Finding]:
        """
        Yield what a rule finds at each service where somebody can log in; the
        same at several is told once.
        """
        services = self.server.authenticating
        found: dict[Finding, list[str]] = {}
        for service in services:
            for finding in rule(service):
                found.setdefault(finding, []).append(service.name)
        for finding, names in found.items():
            everywhere = len(names) == len(services)
            where = "" if everywhere else f"{', '.join(names)}: "
            yield attrs.evolve(finding, problem=where + finding.problem)

    def postconf(self, option: str, text: str) -> str:
        """Return a command that changes the configuration."""
        return shlex.join(["postconf", *self.options, option, text])

    def in_force(self, *changes: str) -> str:
        """Return the line that makes changes and puts them in force."""
        reload = shlex.join(["postfix", *self.options, "reload"])
        return " && ".join([*changes, reload])

    def asking_first(self, service: Smtpd, list_name: str) -> str:
        """
        Return the command that puts us at the beginning of a list, and there
        only.
        """
        rest = self._without_us(service, list_name)
        return self._change(service, list_name, [*self._check(service), *rest])

    def asking_well(self, service: Smtpd, list_name: str) -> str:
        """
        Return the command that asks us in the same place, with a timeout and
        a default action.
        """
        changed = words(self.server.raw(list_name, service))
        places = [place for place, word in enumerate(changed) if is_check(word)]
        for place in places:
            if self._is_us(changed[place : place + 2], service):
                changed[place : place + 2] = self._check(service)
                return self._change(service, list_name, changed)
        # It stands in another parameter.
        return self.asking_first(service, list_name)

    def not_asking(self, service: Smtpd, list_name: str) -> str:
        """Return the command that leaves us out of a list."""
        rest = self._without_us(service, list_name)
        return self._change(service, list_name, rest)

    def _check(self, service: Smtpd) -> list[str]:
        name = self.name_of_ours(service)
        how = f"{{ {name}, timeout=10s, default_action=DUNNO }}"
        return ["check_policy_service", how]

    def _without_us(self, service: Smtpd, list_name: str) -> list[str]:
        before = words(self.server.raw(list_name, service))
        alone = sum(map(is_check, before)) == 1
        kept: list[str] = []
        skip = False
        for place, word in enumerate(before):
            if skip:
                skip = False
                continue
            # The only one that is asked: our old address, or our predecessor.
            skip = is_check(word) and (
                alone or self._is_us(before[place : place + 2], service)
            )
            if not skip:
                kept.append(word)
        return kept

    def _is_us(self, restriction: Sequence[str], service: Smtpd) -> bool:
        return any(
            Asked("", ask, place).reaches(self.addresses)
            for ask in policy_asks(restriction)
            for place in self.places(ask, service)
        )

    def places(self, ask: PolicyAsk, service: Smtpd) -> Iterator[Address | None]:
        """
        Yield where that service asks, then where it would ask if only its
        chroot were the other way round.
        """
        for chrooted in (service.chrooted, not service.chrooted):
            yield place_of(ask.service, server=self.server, chrooted=chrooted)

    def _change(self, service: Smtpd, list_name: str, changed: Sequence[str]) -> str:
        text = joined(changed)
        if list_name not in service.overrides:
            return self.postconf("-e", f"{list_name} = {text}")
        # master.cf takes no spaces from postconf.
        short = list_name.removeprefix("smtpd_")
        label = re.sub(r"\W+", "_", service.name.rpartition("/")[0], flags=re.ASCII)
        parameter = f"rateguard_{label}_{short}"
        set_list = self.postconf("-e", f"{parameter} = {text}")
        use_list = self.postconf("-P", f"{service.name}/{list_name}=${parameter}")
        return f"{set_list} && {use_list}"


def joined(restrictions: Sequence[str]) -> str:
    """Return a list as people write it."""
    text = ""
    for word in restrictions:
        text += word + (" " if _TAKES_ARGUMENT.match(word) else ", ")
    return text.rstrip(", ")
