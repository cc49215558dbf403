"""Where Postfix asks us, service by service, and the commands that change it."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
import socket

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import attrs

from rateguard.entrypoints.cli.doctor.main_cf import (
    MailServer,
    PolicyCheck,
    Smtpd,
    is_policy_check,
    policy_checks,
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

_TAKES_ARGUMENT = re.compile(r"check_|reject_rbl|reject_rhsbl|permit_(dnswl|rhswl)_")

_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
_LOCALHOST = frozenset({"localhost", "127.0.0.1", "::1", ""})


def place_of(written: str, *, queue: str, chrooted: bool) -> Address | None:
    """
    Return what ``inet:host:port`` or ``unix:path`` means to an smtpd whose queue
    is in that folder; None for what is no address.
    """
    kind, _, rest = written.partition(":")
    if kind == "unix":
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


def name_for(address: Address, *, queue: str, chrooted: bool) -> str | None:
    """
    Return how ``main.cf`` names our address so that smtpd finds it; None if it
    cannot: a path outside the folder that smtpd is locked into.
    """
    if isinstance(address, TcpAddress):
        host = _WILDCARDS.get(address.host, address.host)
        return f"inet:{f'[{host}]' if ':' in host else host}:{address.port}"
    path = os.path.normpath(address.path)
    if path.startswith(f"{queue}/"):
        return f"unix:{path.removeprefix(f'{queue}/')}"
    return None if chrooted else f"unix:{path}"


def reaches(place: Address | None, ours: Iterable[Address]) -> bool:
    """Whether who asks there asks one of *ours*."""
    return any(_same(place, each) for each in ours)


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


@attrs.frozen
class Asked:
    """A policy service that an smtpd service asks in one of its lists."""

    list_name: str
    check: PolicyCheck
    place: Address | None


@attrs.frozen
class Postfix:
    """
    Postfix on one side, our addresses on the other.

    Attributes:
        addresses: Where we listen.
        deadline: How long we may take for an answer.
        options: What every command of Postfix needs to find its folder.
    """

    server: MailServer
    addresses: Sequence[Address]
    deadline: dt.timedelta
    options: Sequence[str] = ()

    def asked(self, service: Smtpd, lists: Sequence[str]) -> Iterator[Asked]:
        for name in lists:
            for check in policy_checks(self.server.restrictions(name, service)):
                place = self._place(check, chrooted=service.chrooted)
                yield Asked(name, check, place)

    def ours(self, service: Smtpd, lists: Sequence[str] = COUNTED_LISTS) -> list[Asked]:
        asked = self.asked(service, lists)
        return [each for each in asked if reaches(each.place, self.addresses)]

    def name_of_ours(self, service: Smtpd) -> str | None:
        """Return how that service can name us; None if it cannot."""
        names = (
            name_for(each, queue=self.queue, chrooted=service.chrooted)
            for each in self.addresses
            if not isinstance(each, TcpAddress) or each.port
        )
        return next(filter(None, names), None)

    @property
    def queue(self) -> str:
        """The folder that smtpd may be locked into."""
        return self.server.value("queue_directory")

    def means_us(self, check: PolicyCheck) -> bool:
        """Whether it asks us, or would if only the chroot were the other way round."""
        places = (self._place(check, chrooted=chrooted) for chrooted in (True, False))
        return any(reaches(place, self.addresses) for place in places)

    def _place(self, check: PolicyCheck, *, chrooted: bool) -> Address | None:
        return place_of(check.service, queue=self.queue, chrooted=chrooted)

    def postconf(self, option: str, text: str) -> str:
        return shlex.join(["postconf", *self.options, option, text])

    def in_force(self, *changes: str) -> str:
        """Return the line that makes changes and puts them in force."""
        reload = shlex.join(["postfix", *self.options, "reload"])
        return " && ".join([*changes, reload])

    def asking_first(self, service: Smtpd, list_name: str) -> str:
        """Return the command that puts us at the beginning of a list."""
        rest = self._without_us(service, list_name)
        return self._change(service, list_name, [*self._ours_in(service), *rest])

    def asking_well(self, service: Smtpd, list_name: str) -> str:
        """
        Return the command that asks us in the same place, with a timeout and a
        default action.
        """
        listed = words(self.server.raw(list_name, service))
        place = next(self._places_of_ours(listed), None)
        if place is None:
            # It stands in another parameter.
            return self.asking_first(service, list_name)
        listed[place : place + 2] = self._ours_in(service)
        return self._change(service, list_name, listed)

    def not_asking(self, service: Smtpd, list_name: str) -> str:
        """Return the command that leaves us out of a list."""
        rest = self._without_us(service, list_name)
        return self._change(service, list_name, rest)

    def _ours_in(self, service: Smtpd) -> list[str]:
        name = self.name_of_ours(service)
        how = f"{{ {name}, timeout=10s, default_action=DUNNO }}"
        return ["check_policy_service", how]

    def _without_us(self, service: Smtpd, list_name: str) -> list[str]:
        listed = words(self.server.raw(list_name, service))
        places = [place for place, word in enumerate(listed) if is_policy_check(word)]
        # The only one that is asked: our old address, or our predecessor.
        if len(places) > 1:
            places = list(self._places_of_ours(listed))
        for place in reversed(places):
            del listed[place : place + 2]
        return listed

    def _places_of_ours(self, listed: Sequence[str]) -> Iterator[int]:
        for place in range(len(listed)):
            if any(map(self.means_us, policy_checks(listed[place : place + 2]))):
                yield place

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
    text = ""
    for word in restrictions:
        text += word + (" " if _TAKES_ARGUMENT.match(word) else ", ")
    return text.rstrip(", ")
