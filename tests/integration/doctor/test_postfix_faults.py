"""Postfix asks wrongly: found, and mended by the line that the doctor gives."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from tests.integration.doctor.machine import DATA, Machine


UNIX = "unix:rateguard/policy"
RECIPIENT = "smtpd_recipient_restrictions"


@attrs.frozen
class Fault:
    """
    A fault.

    Attributes:
        make: Makes it.

        check: The name of the check that finds it.

        says: Words of what is said.
    """

    make: Callable[[Machine], None]
    check: str
    says: tuple[str, ...]
    level: str = "fault"


def missing(machine: Machine) -> None:
    machine.ask("reject_unauth_pipelining")


def behind_a_permit(machine: Machine) -> None:
    machine.ask(f"permit_mynetworks, {machine.check(UNIX)}")


def behind_a_permit_in_a_class(machine: Machine) -> None:
    machine.main_cf(
        smtpd_restriction_classes="known",
        known="$most, reject_unauth_pipelining",
        most="permit_sasl_authenticated",
    )
    machine.ask(f"known {machine.check(UNIX)}")


def at_the_recipients(machine: Machine) -> None:
    table = "check_client_access static:DUNNO"
    machine.main_cf(**{DATA: "", RECIPIENT: f"{table}, {machine.check(UNIX)}"})


def without_default_action(machine: Machine) -> None:
    check = machine.check(UNIX, default_action="")
    machine.ask(f"reject_unauth_pipelining, {check}, permit")


def without_timeout(machine: Machine) -> None:
    machine.ask(machine.check(UNIX, timeout=""))


def with_less_time_than_we_take(machine: Machine) -> None:
    machine.set(REQUEST_DEADLINE="20")


def at_the_wrong_port(machine: Machine) -> None:
    machine.set(SOCKET=f"127.0.0.1,{machine.port}")
    machine.ask(machine.check("inet:127.0.0.1:1"))


def by_a_path_that_the_chroot_hides(machine: Machine) -> None:
    machine.ask(machine.check(f"unix:{machine.socket}"))


def overridden(machine: Machine) -> None:
    machine.master_cf("smtps inet n - y - - smtpd")
    machine.master_cf(f"  -o {{ {DATA} = reject_unauth_pipelining, permit }}")


def overridden_by_a_parameter(machine: Machine) -> None:
    machine.main_cf(mua_data_restrictions="permit_sasl_authenticated, reject")
    machine.master_cf(f"smtps inet n - n - - smtpd -o {DATA}=$mua_data_restrictions")


def misspelt(machine: Machine) -> None:
    machine.main_cf(smtpd_data_restriction="reject")


def nobody_logs_in(machine: Machine) -> None:
    machine.main_cf(smtpd_sasl_auth_enable="no")


def also_at_the_recipients(machine: Machine) -> None:
    table = "check_client_access static:DUNNO"
    machine.main_cf(**{RECIPIENT: f"{table}, {machine.check(UNIX)}, permit"})


FAULTS = [
    Fault(missing, "check", (f"{DATA} does not ask RateGuard",)),
    Fault(behind_a_permit, "check", ("after permit_mynetworks", DATA)),
    Fault(behind_a_permit_in_a_class, "check", ("after permit_sasl_authenticated",)),
    Fault(at_the_recipients, "check", (RECIPIENT, "nothing is counted there")),
    Fault(without_default_action, "default action", ("no mail is accepted", "451")),
    Fault(without_timeout, "timeout", ("100 s",), "warning"),
    Fault(at_the_wrong_port, "check", ("asks inet:127.0.0.1:1; RateGuard is inet:",)),
    Fault(by_a_path_that_the_chroot_hides, "check", ("which smtpd takes for", UNIX)),
    Fault(overridden, "check", ("smtps/inet: ", f"-o {DATA} in master.cf")),
    Fault(overridden_by_a_parameter, "check", ("smtps/inet: ", "-o")),
    Fault(
        also_at_the_recipients,
        "in vain",
        ("also asks RateGuard, in vain", RECIPIENT),
        "note",
    ),
    Fault(nobody_logs_in, "login", ("nobody can log in",)),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.make.__name__)
def test_is_found_and_mended(machine: Machine, fault: Fault) -> None:
    """
    A fault is the one finding, and gone when its fix was run. What else the
    lists had stays in them.
    """
    fault.make(machine)
    (found,) = machine.findings()
    assert (found["level"], found["check"]) == (fault.level, f"Postfix: {fault.check}")
    assert [word for word in fault.says if word not in found["problem"]] == []
    assert len(found["fix"].splitlines()) == 1

    kept = machine.postconf("-n") + machine.postconf("-P")
    machine.mend(found["fix"])
    assert machine.findings() == []
    mended = machine.postconf("-n") + machine.postconf("-P")
    for word in ("reject_unauth_pipelining", "static:DUNNO", "permit_sasl_auth"):
        assert mended.count(word) == kept.count(word)
