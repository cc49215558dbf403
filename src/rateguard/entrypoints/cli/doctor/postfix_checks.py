"""Is RateGuard asked, at the right place, about everybody who logs in?"""

from __future__ import annotations

from collections.abc import Iterator

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor.findings import Finding, fault, note, warning
from rateguard.entrypoints.cli.doctor.main_cf.postconf import Smtpd
from rateguard.entrypoints.cli.doctor.main_cf.restrictions import (
    is_table,
    policy_asks,
    seconds,
)
from rateguard.entrypoints.cli.doctor.postfix_view import (
    COUNTED_LISTS,
    OTHER_LISTS,
    Asked,
    Questions,
    asked_in,
)
from rateguard.entrypoints.settings.addresses import UnixAddress


DATA = "smtpd_data_restrictions"


def login(questions: Questions) -> Iterator[Finding]:
    """Somebody can log in: nobody else is counted."""
    server = questions.server
    if server.authenticating:
        return
    names = [each.name for each in server.services]
    where = next((name for name in names if name.startswith("submission")), None)
    fix = (
        questions.postconf("-e", "smtpd_sasl_auth_enable = yes")
        if where is None
        else questions.postconf("-P", f"{where}/smtpd_sasl_auth_enable=yes")
    )
    yield fault(
        "nobody can log in (smtpd_sasl_auth_enable is off), so nobody is counted",
        questions.in_force(fix),
    )


def placement(questions: Questions) -> Iterator[Finding]:
    """Every such service asks us where a message is counted, before any permit."""
    return questions.each_service(lambda each: _misplaced(questions, each))


def _misplaced(questions: Questions, service: Smtpd) -> Iterator[Finding]:
    ours = questions.ours(service)
    if any(each.ask.behind is None for each in ours):
        return
    if ours:
        asked = ours[0]
        yield fault(
            f"RateGuard comes after {asked.ask.behind} in {asked.list_name}: whom"
            " that lets pass is not counted",
            questions.in_force(questions.asking_first(service, asked.list_name)),
        )
    elif questions.name_of_ours(service) is None:
        queue = questions.server.value("queue_directory")
        yield fault(
            f"the socket {questions.addresses[0]} is outside of {queue}, and smtpd"
            " cannot look out of there (chroot)",
            f"set SOCKET={queue}/rateguard/policy (ListenStream= in"
            " rateguard.socket), and name unix:rateguard/policy in main.cf",
        )
    else:
        yield _unasked(questions, service)


def _unasked(questions: Questions, service: Smtpd) -> Finding:
    name = questions.name_of_ours(service)
    counted = list(asked_in(questions.server, service, COUNTED_LISTS))
    for asked in counted:
        if _other_side(questions, asked, service):
            return fault(
                f"{asked.list_name} asks {asked.ask.service}, which to smtpd is"
                f" {asked.place}; RateGuard is {name}",
                questions.in_force(questions.asking_first(service, asked.list_name)),
            )
    elsewhere = questions.ours(service, OTHER_LISTS)
    if elsewhere:
        place = elsewhere[0].list_name
        return fault(
            f"RateGuard is asked in {place}, where nothing is counted",
            questions.in_force(
                questions.asking_first(service, DATA),
                questions.not_asking(service, place),
            ),
        )
    if counted:
        asked = counted[0]
        return fault(
            f"{asked.list_name} asks {asked.ask.service}; RateGuard is {name}",
            questions.in_force(questions.asking_first(service, asked.list_name)),
        )
    return _missing(questions, service)


def _missing(questions: Questions, service: Smtpd) -> Finding:
    fix = questions.in_force(questions.asking_first(service, DATA))
    if DATA in service.overrides:
        return fault(
            f"-o {DATA} in master.cf replaces the list of main.cf, and does not"
            " ask RateGuard",
            fix,
        )
    _look_at_tables(questions, service)
    return fault(f"{DATA} does not ask RateGuard", fix)


def _look_at_tables(questions: Questions, service: Smtpd) -> None:
    """Raise CannotLook if a lookup table may lead to us."""
    server = questions.server
    asks = [
        each
        for each in server.classes(service)
        if any(policy_asks(server.restrictions(each, service)))
    ]
    for name in COUNTED_LISTS:
        if asks and any(map(is_table, server.restrictions(name, service))):
            raise CannotLook(f"a lookup table in {name} decides who comes to {asks[0]}")


def _other_side(questions: Questions, asked: Asked, service: Smtpd) -> bool:
    """Whether the path would be ours, were it not for the chroot."""
    return isinstance(asked.place, UnixAddress) and any(
        Asked("", asked.ask, place).reaches(questions.addresses)
        for place in questions.places(asked.ask, service)
    )


def in_vain(questions: Questions) -> Iterator[Finding]:
    """We are asked where messages are counted, and nowhere else."""

    def rule(service: Smtpd) -> Iterator[Finding]:
        if not questions.ours(service):
            return
        for asked in questions.ours(service, OTHER_LISTS):
            yield note(
                f"RateGuard is also asked in {asked.list_name}, where nothing is"
                " counted: a question for nothing",
                questions.in_force(questions.not_asking(service, asked.list_name)),
            )

    return questions.each_service(rule)


def spelling(questions: Questions) -> Iterator[Finding]:
    """No restrictions stand under a name that nothing reads."""
    for name in questions.server.unused:
        if "restriction" in name or "policy" in name:
            yield warning(
                f"main.cf sets {name}, which nothing reads",
                f"correct the name, or: {questions.postconf('-X', name)}",
            )


LONGEST_TIMEOUT = 30
"""Seconds that a mail client can be expected to wait."""

_PASSES = frozenset({"DUNNO", "OK"})


def default_action(questions: Questions) -> Iterator[Finding]:
    """Mail passes while we are away."""

    def rule(service: Smtpd) -> Iterator[Finding]:
        for asked in questions.ours(service):
            action = _attribute(questions, asked, service, "default_action")
            if action.partition(" ")[0].upper() not in _PASSES:
                yield fault(
                    f"while RateGuard does not run, mail is refused"
                    f" (default_action is {action or 'not set'})",
                    questions.in_force(questions.asking_well(service, asked.list_name)),
                )

    return questions.each_service(rule)


def timeout(questions: Questions) -> Iterator[Finding]:
    """Postfix waits as long as we may take, and not for minutes."""
    deadline = questions.deadline.total_seconds()

    def rule(service: Smtpd) -> Iterator[Finding]:
        for asked in questions.ours(service):
            wait = seconds(_attribute(questions, asked, service, "timeout"))
            if wait is None or wait > LONGEST_TIMEOUT:
                yield warning(
                    f"should RateGuard hang, every mail waits {wait or '?'} s for"
                    " it, twice (timeout)",
                    questions.in_force(questions.asking_well(service, asked.list_name)),
                )
            elif wait <= deadline:
                yield warning(
                    f"Postfix gives up after {wait} s (timeout), RateGuard may take"
                    f" {deadline:g} s",
                    f"set REQUEST_DEADLINE={wait / 2:g} and restart rateguard",
                )

    return questions.each_service(rule)


def _attribute(questions: Questions, asked: Asked, service: Smtpd, name: str) -> str:
    given = asked.ask.attributes.get(name)
    return given or questions.server.value(f"smtpd_policy_service_{name}", service)
