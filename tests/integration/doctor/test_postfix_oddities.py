"""Of Postfix: what needs another fix than a command, and what only looks odd."""

from __future__ import annotations

from tests.integration.doctor.machine import Machine


def test_gives_up_before_we_do(machine: Machine) -> None:
    """A timeout shorter than REQUEST_DEADLINE is a warning."""
    machine.set(REQUEST_DEADLINE="20")
    (found,) = machine.findings()
    assert found["level"] == "warning"
    assert (
        "gives up after 10 s (timeout), but RateGuard may take 20 s" in found["problem"]
    )
    assert "REQUEST_DEADLINE=5" in found["fix"]


def test_socket_outside_of_the_chroot(machine: Machine) -> None:
    """A path that smtpd cannot name at all needs another SOCKET."""
    machine.set(SOCKET=str(machine.outside))
    machine.ask(machine.check(f"unix:{machine.outside}"))
    (found,) = machine.findings()
    assert "is outside" in found["problem"]
    queue = machine.socket.parents[1]
    assert f"SOCKET={queue}/rateguard/policy" in found["fix"]
    assert "unix:rateguard/policy" in found["fix"]


def test_outside_is_well_without_chroot(machine: Machine) -> None:
    """Where smtpd is not locked in, such a path is well."""
    machine.set(SOCKET=str(machine.outside))
    machine.ask(machine.check(f"unix:{machine.outside}"))
    for service in ("smtp", "submission"):
        machine.postconf("-F", f"{service}/inet/chroot=n")
    assert machine.findings() == []


def test_more_connections_than_files(machine: Machine) -> None:
    """
    Each smtpd process keeps a connection: the daemon needs a file descriptor
    for each.
    """
    machine.main_cf(default_process_limit="2000000")
    (found,) = machine.findings()
    assert (found["level"], found["check"]) == ("warning", "file descriptors")
    assert "may open 6000000 connections" in found["problem"]
    assert "LimitNOFILE=" in found["fix"]


def test_a_name_that_nothing_reads(machine: Machine) -> None:
    """
    Restrictions under a misspelt name do nothing, and only postconf says
    so.
    """
    machine.main_cf(smtpd_data_restriction="reject")
    (found,) = machine.findings()
    assert found["level"] == "warning"
    assert "smtpd_data_restriction, which nothing reads" in found["problem"]


def test_a_table_decides(machine: Machine) -> None:
    """
    Whether a lookup table leads to the check cannot be seen, so nothing is
    said against it.
    """
    machine.main_cf(
        smtpd_restriction_classes="guarded", guarded=machine.check("unix:rateguard/x")
    )
    machine.ask("check_sasl_access static:guarded")
    done = machine.doctor()
    assert done.exit_code == 0
    assert "a lookup table in smtpd_data_restrictions decides" in done.output
