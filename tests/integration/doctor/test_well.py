"""A good machine: nothing is said."""

from __future__ import annotations

import json
import re

from pathlib import Path

import pytest

from tests.integration.daemons import rows
from tests.integration.doctor.machine import Machine


class TestGoodMachine:
    def test_is_told_in_one_line(self, machine: Machine) -> None:
        """One line and exit status 0; nothing at all with ``--quiet``."""
        done = machine.doctor()
        assert re.fullmatch(r"all well \(\d\d checks\)\n", done.output)
        assert done.exit_code == 0
        quiet = machine.doctor("--quiet")
        assert (quiet.exit_code, quiet.output) == (0, "")

    def test_for_programs(self, machine: Machine) -> None:
        """The same as JSON."""
        document = json.loads(machine.doctor("--json").stdout)
        assert document["well"] is True
        assert (document["findings"], document["not_looked_at"]) == ([], [])
        assert document["checks"] > 12

    def test_nobody_is_charged(self, machine: Machine) -> None:
        """The daemon counts nothing for the test request, and does not warn."""
        before = machine.daemon.log()
        assert machine.doctor().exit_code == 0
        assert rows(machine.daemon, "SELECT * FROM ratelimits") == []
        assert machine.daemon.log() == before

    def test_looking_makes_no_database(self, machine: Machine) -> None:
        """What is not there is still not there afterwards."""
        machine.database.unlink()
        machine.doctor()
        assert list(machine.database.parent.iterdir()) == []

    @pytest.mark.parametrize(
        "form",
        [
            "{check}",
            "reject_unauth_pipelining {check} permit_mynetworks reject",
            "$mua_restrictions, permit",
            "guarded, permit",
        ],
    )
    def test_however_it_is_written(self, machine: Machine, form: str) -> None:
        """By a parameter, by a restriction class, with anything after it."""
        check = machine.check("unix:rateguard/policy")
        machine.main_cf(
            mua_restrictions=f"reject_unauth_pipelining, {check}",
            smtpd_restriction_classes="guarded",
            guarded="$mua_restrictions",
        )
        machine.ask(form.format(check=check))
        assert machine.findings() == []

    def test_at_the_end_of_the_message(self, machine: Machine) -> None:
        """Asking there, with the global parameters, on a port, is well too."""
        machine.set(SOCKET=f"127.0.0.1,{machine.port}")
        machine.main_cf(
            smtpd_data_restrictions="reject_unauth_pipelining",
            smtpd_end_of_data_restrictions=(
                f"check_policy_service inet:127.0.0.1:{machine.port}"
            ),
            smtpd_policy_service_timeout="10s",
            smtpd_policy_service_default_action="DUNNO",
        )
        assert machine.findings() == []


class TestWhatCannotBeSeen:
    def test_postfix_elsewhere(self, machine: Machine) -> None:
        """
        ``--no-postfix``: all that concerns it is named as not looked at, and
        nothing fails for it.
        """
        (machine.postfix / "main.cf").write_text("")
        done = machine.doctor("--no-postfix")
        first, last = done.output.splitlines()
        assert first.startswith("not looked at: file descriptors, Postfix: login, ")
        assert first.endswith(": --no-postfix")
        assert re.fullmatch(
            r"nothing wrong in what was seen \(\d+ of \d+ checks\)", last
        )
        assert done.exit_code == 0

    def test_postfix_that_is_broken(self, machine: Machine) -> None:
        """A configuration that postconf refuses is told in its words."""
        (machine.postfix / "main.cf").unlink()
        done = machine.doctor()
        assert done.exit_code == 0
        assert "Postfix: check" in done.output
        assert f"open {machine.postfix}/main.cf: No such file" in done.output

    def test_wrong_settings(self, machine: Machine, tmp_path: Path) -> None:
        """
        Settings that cannot be used are found, each with its fix, and the exit
        status is that of wrong settings.
        """
        machine.set(QUOTA="many", SOCKET="here")
        done = machine.doctor()
        assert done.exit_code == 2
        fix = f"  fix: correct it in {machine.env_file}, or in the environment"
        place = "host,port or [::1],port or an absolute path"
        assert done.output.splitlines() == [
            f"fault: SOCKET: expected {place}, several separated by spaces, got 'here'",
            fix,
            "fault: QUOTA: expected a number up to 4294967295, got 'many'",
            fix,
            "2 faults (1 checks)",
        ]
