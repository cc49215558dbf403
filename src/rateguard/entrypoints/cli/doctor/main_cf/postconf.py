"""
What ``postconf`` prints, understood. Who runs it is not known here.

Source: postconf(1), master(5).
"""

from __future__ import annotations

import re

from collections.abc import Iterator, Mapping

import attrs

from rateguard.entrypoints.cli.doctor.main_cf.expansion import expanded
from rateguard.entrypoints.cli.doctor.main_cf.restrictions import flattened, words


QUERIES: Mapping[str, tuple[str, ...]] = {
    "parameters": (),
    "services": ("-M",),
    "overrides": ("-P",),
}
"""The options of the runs whose output :func:`mail_server` takes, by name."""

_COLUMNS = 8
_UNUSED = re.compile(r"unused parameter: ([^\s=]+)")
_YES = "yes"


@attrs.frozen
class Smtpd:
    """
    An smtpd service of ``master.cf``.

    Attributes:
        name: As ``postconf -P`` writes it: ``submission/inet``.

        processes: How many there may be; 0 is without a limit.

        overrides: What ``-o`` sets.
    """

    name: str
    chrooted: bool = False
    processes: int = 100
    overrides: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    @property
    def takes_back(self) -> bool:
        """
        Whether it takes mail back from a content filter of this machine:
        nobody logs in there.
        """
        host = self.name.rpartition("/")[0].rpartition(":")[0].strip("[]")
        local = host in {"localhost", "::1"} or host.startswith("127.")
        return local and not self.overrides.get("content_filter", "filter")


@attrs.frozen
class MailServer:
    """
    The configuration in force.

    Attributes:
        parameters: Every parameter of ``main.cf``, defaults filled in, as
            written.

        unused: Names in ``main.cf`` that nothing reads.
    """

    parameters: Mapping[str, str] = attrs.field(hash=False)
    services: tuple[Smtpd, ...] = ()
    unused: tuple[str, ...] = ()

    def raw(self, name: str, service: Smtpd | None = None) -> str:
        """Return a parameter as written, ``""`` if there is none."""
        overrides = {} if service is None else service.overrides
        return overrides.get(name, self.parameters.get(name, ""))

    def value(self, name: str, service: Smtpd | None = None) -> str:
        """Return a parameter with what it refers to filled in."""
        return expanded(self.raw(name, service), lambda each: self.raw(each, service))

    def classes(self, service: Smtpd | None = None) -> list[str]:
        """Return the names of the restriction classes."""
        return words(self.value("smtpd_restriction_classes", service))

    def restrictions(self, name: str, service: Smtpd | None = None) -> list[str]:
        """Return the words of a restriction list."""
        return flattened(
            self.value(name, service),
            classes=self.classes(service),
            lookup=lambda each: self.value(each, service),
        )

    @property
    def authenticating(self) -> list[Smtpd]:
        """The services at which somebody can log in, and so be counted."""
        return [
            each
            for each in self.services
            if self.value("smtpd_sasl_auth_enable", each).lower() == _YES
            and not each.takes_back
        ]


def mail_server(
    *, parameters: str, services: str, overrides: str, complaints: str = ""
) -> MailServer:
    """
    Return what the outputs of the :data:`QUERIES` say, *complaints* being
    what was printed to standard error.
    """
    found = dict(_pairs(parameters))
    given: dict[str, dict[str, str]] = {}
    for name, text in _pairs(overrides):
        service, _, parameter = name.rpartition("/")
        given.setdefault(service, {})[parameter] = text
    rows = (line.split() for line in services.splitlines())
    smtpds = tuple(_smtpd(row, found, given) for row in rows if _is_smtpd(row))
    return MailServer(found, smtpds, _unused(complaints))


def _unused(complaints: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_UNUSED.findall(complaints)))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name.strip(), value.strip()


def _is_smtpd(row: list[str]) -> bool:
    return len(row) >= _COLUMNS and row[_COLUMNS - 1] == "smtpd"


def _smtpd(
    row: list[str], parameters: Mapping[str, str], given: Mapping[str, dict[str, str]]
) -> Smtpd:
    name, kind, _, _, chroot, _, processes, _ = row[:_COLUMNS]
    if chroot == "-":
        chroot = "y" if _is_old(parameters.get("compatibility_level", "0")) else "n"
    if processes == "-":
        processes = parameters.get("default_process_limit", "100")
    service = f"{name}/{kind}"
    return Smtpd(
        service,
        chrooted=chroot == "y",
        processes=int(processes) if processes.isdigit() else 0,
        overrides=given.get(service, {}),
    )


def _is_old(level: str) -> bool:
    """Whether a dash in the column of the chroot means yes."""
    whole = level.partition(".")[0]
    return not whole.isdigit() or int(whole) < 1
