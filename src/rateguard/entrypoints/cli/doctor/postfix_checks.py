"""Does Postfix ask RateGuard, in the right place, about every sender that logs in?"""

from __future__ import annotations

import functools

from collections.abc import Callable, Iterator

import attrs

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor.findings import Finding, fault, note, warning
from rateguard.entrypoints.cli.doctor.machine import Machine
from rateguard.entrypoints.cli.doctor.main_cf import (
    Smtpd,
    is_table,
    policy_checks,
    seconds,
)
from rateguard.entrypoints.cli.doctor.postfix import (
    COUNTED_LISTS,
    OTHER_LISTS,
    Asked,
    Postfix,
)
from rateguard.entrypoints.settings.addresses import UnixAddress


DATA = "smtpd_data_restrictions"

LONGEST_TIMEOUT = 30
"""Seconds that a mail client can be expected to wait."""

_PASSES = frozenset({"DUNNO", "OK"})


def at_each_service(
    rule: Callable[[Postfix, Smtpd], Iterator[Finding]],
) -> Callable[[Machine], Iterator[Finding]]:
    """
    Make a check of a rule that holds for every service at which senders log in.
    What is wrong at several of them is said once.
    """

    @functools.wraps(rule)
    def check(machine: Machine) -> Iterator[Finding]:
        postfix = machine.postfix()
        services = postfix.server.authenticating
        found: dict[Finding, list[str]] = {}
        for service in services:
            for finding in rule(postfix, service):
                found.setdefault(finding, []).append(service.name)
        for finding, names in found.items():
            everywhere = len(names) == len(services)
            where = "" if everywhere else f"{', '.join(names)}: "
            yield attrs.evolve(finding, problem=where + finding.problem)

    return check


def login(machine: Machine) -> Iterator[Finding]:
    """Senders can log in: no other mail is counted."""
    postfix = machine.postfix()
    if postfix.server.authenticating:
        return
    names = [each.name for each in postfix.server.services]
    where = next((name for name in names if name.startswith("submission")), None)
    fix = (
        postfix.postconf("-e", "smtpd_sasl_auth_enable = yes")
        if where is None
        else postfix.postconf("-P", f"{where}/smtpd_sasl_auth_enable=yes")
    )
    yield fault(
        "nobody can log in (smtpd_sasl_auth_enable is off), so nothing is counted",
        postfix.in_force(fix),
    )


@at_each_service
def placement(postfix: Postfix, service: Smtpd) -> Iterator[Finding]:
    """We are asked where a message is counted, before any permit."""
    ours = postfix.ours(service)
    if any(each.check.behind is None for each in ours):
        return
    if ours:
        asked = ours[0]
        yield fault(
            f"{asked.list_name} asks RateGuard after {asked.check.behind}: mail"
            " permitted there is not counted",
            postfix.in_force(postfix.asking_first(service, asked.list_name)),
        )
    elif postfix.name_of_ours(service) is None:
        queue = postfix.queue
        yield fault(
            f"the socket {postfix.addresses[0]} is outside {queue}, which smtpd"
            " cannot leave (chroot)",
            f"set SOCKET={queue}/rateguard/policy (ListenStream= in"
            " rateguard.socket), and name unix:rateguard/policy in main.cf",
        )
    else:
        yield _not_asked(postfix, service)


def _not_asked(postfix: Postfix, service: Smtpd) -> Finding:
    name = postfix.name_of_ours(service)

    def instead(asked: Asked, told: str = "") -> Finding:
        return fault(
            f"{asked.list_name} asks {asked.check.service}{told}; RateGuard is {name}",
            postfix.in_force(postfix.asking_first(service, asked.list_name)),
        )

    counted = list(postfix.asked(service, COUNTED_LISTS))
    for asked in counted:
        # It would be ours, were it not for the chroot.
        if isinstance(asked.place, UnixAddress) and postfix.means_us(asked.check):
            return instead(asked, f", which smtpd takes for {asked.place}")
    for asked in postfix.ours(service, OTHER_LISTS):
        return fault(
            f"{asked.list_name} asks RateGuard, but nothing is counted there",
            postfix.in_force(
                postfix.asking_first(service, DATA),
                postfix.not_asking(service, asked.list_name),
            ),
        )
    if counted:
        return instead(counted[0])
    fix = postfix.in_force(postfix.asking_first(service, DATA))
    if DATA in service.overrides:
        return fault(
            f"-o {DATA} in master.cf replaces the list of main.cf, and does not"
            " ask RateGuard",
            fix,
        )
    _look_at_tables(postfix, service)
    return fault(f"{DATA} does not ask RateGuard", fix)


def _look_at_tables(postfix: Postfix, service: Smtpd) -> None:
    """Raise CannotLook if a lookup table may lead to us."""
    server = postfix.server
    asking = [
        each
        for each in server.classes(service)
        if any(policy_checks(server.restrictions(each, service)))
    ]
    for name in COUNTED_LISTS:
        if asking and any(map(is_table, server.restrictions(name, service))):
            raise CannotLook(f"a lookup table in {name} decides what {asking[0]} sees")


@at_each_service
def default_action(postfix: Postfix, service: Smtpd) -> Iterator[Finding]:
    """Mail flows while we are away."""
    for asked in postfix.ours(service):
        action = _attribute(postfix, asked, service, "default_action")
        if action.partition(" ")[0].upper() not in _PASSES:
            yield fault(
                "while RateGuard is down, no mail is accepted"
                f" (default_action is {action or 'not set'})",
                postfix.in_force(postfix.asking_well(service, asked.list_name)),
            )


@at_each_service
def timeout(postfix: Postfix, service: Smtpd) -> Iterator[Finding]:
    """Postfix waits as long as we may take, and not for minutes."""
    deadline = postfix.deadline.total_seconds()
    for asked in postfix.ours(service):
        wait = seconds(_attribute(postfix, asked, service, "timeout"))
        if wait is None or wait > LONGEST_TIMEOUT:
            yield warning(
                f"if RateGuard hangs, every message waits {wait or '?'} s for it, twice"
                " (timeout)",
                postfix.in_force(postfix.asking_well(service, asked.list_name)),
            )
        elif wait <= deadline:
            yield warning(
                f"Postfix gives up after {wait} s (timeout), but RateGuard may take"
                f" {deadline:g} s",
                f"set REQUEST_DEADLINE={wait / 2:g} and restart rateguard",
            )


def _attribute(postfix: Postfix, asked: Asked, service: Smtpd, name: str) -> str:
    given = asked.check.attributes.get(name)
    return given or postfix.server.value(f"smtpd_policy_service_{name}", service)


@at_each_service
def in_vain(postfix: Postfix, service: Smtpd) -> Iterator[Finding]:
    """We are asked where messages are counted, and nowhere else."""
    if not postfix.ours(service):
        return
    for asked in postfix.ours(service, OTHER_LISTS):
        yield note(
            f"{asked.list_name} also asks RateGuard, in vain: nothing is counted there",
            postfix.in_force(postfix.not_asking(service, asked.list_name)),
        )


def spelling(machine: Machine) -> Iterator[Finding]:
    """No restrictions stand under a name that nothing reads."""
    postfix = machine.postfix()
    for name in postfix.server.unused:
        if "restriction" in name or "policy" in name:
            yield warning(
                f"main.cf sets {name}, which nothing reads",
                f"correct the name, or: {postfix.postconf('-X', name)}",
            )
