"""Orders to many senders at once, beside a running daemon."""

from __future__ import annotations

import os
import subprocess
import uuid

from pathlib import Path
from typing import Any

import attrs
import pytest

from rateguard.domain.errors import StoreUnavailable
from rateguard.domain.ports import Database, UnitOfWork
from rateguard.entrypoints.container import session
from rateguard.entrypoints.settings import Settings
from tests.integration.daemons import SUSPENDED
from tests.integration.operating.operators import Operator
from tests.integration.rigs.daemon import PrivateDaemon, command
from tests.integration.rigs.ready import ready_file


@pytest.fixture
def domain() -> str:
    """One that no test has used."""
    return f"{uuid.uuid4().hex}.example"


@pytest.fixture
def alone(tmp_path: Path) -> Operator:
    """An operator of a database that nobody else uses."""
    ready_file(tmp_path / "rateguard.db")
    settings = {"DB_DATABASE": str(tmp_path / "rateguard.db"), "QUOTA": "100"}
    return Operator(PrivateDaemon(tmp_path, settings))


def create(operator: Operator, *names: str, quota: int = 100) -> None:
    operator.done("sender", "set", *names, "--quota", str(quota), "--create")


def quotas(operator: Operator) -> dict[str, int]:
    """Return the quota of each sender, by the local part of its name."""
    rows = operator.json("sender", "list", "--limit", "9999")
    return {row["sender"].partition("@")[0]: row["quota"] for row in rows}


class TestNamed:
    def test_are_changed_one_by_one(self, operator: Operator, domain: str) -> None:
        """Each is told, and has its record."""
        names = [f"{each}@{domain}" for each in "abc"]
        create(operator, *names)
        said = operator.done("sender", "suspend", *names, "--reason", "stolen")

        assert names == [line.partition(":")[0] for line in said.splitlines()]
        assert [SUSPENDED] * 3 == [operator.daemon.ask(name) for name in names]
        for name in names:
            assert "stolen" == operator.json("history", name)[0]["reason"]
        operator.done("sender", "release", *names)
        assert "DUNNO" == operator.daemon.ask(names[2])

    def test_of_which_one_is_unknown(self, operator: Operator, domain: str) -> None:
        """It is told; the others are changed all the same."""
        create(operator, f"a@{domain}", f"b@{domain}")
        names = [f"a@{domain}", f"x@{domain}", f"b@{domain}", f"A@{domain}"]
        result = operator.run("sender", "set", *names, "--quota", "7")

        assert 1 == result.exit_code
        assert 2 == len(result.stdout.splitlines())
        (problem,) = result.stderr.splitlines()
        assert problem.startswith(f"rateguard: unknown sender x@{domain} (")
        assert 7 == operator.json("sender", "show", f"b@{domain}")["quota"]


class TestChosen:
    def test_are_those_of_a_domain(self, operator: Operator, domain: str) -> None:
        """However it is written; not those of another one that ends so."""
        create(operator, f"a@{domain}", f"b@{domain}", f"c@sub.{domain}")
        words = ["sender", "suspend", "--domain", f"@{domain.upper()}", "--yes"]
        said = operator.done(*words, "--reason", "hacked")

        assert "2 senders changed\n" == said
        asked = [operator.daemon.ask(f"a@{domain}"), operator.daemon.ask(f"b@{domain}")]
        assert [SUSPENDED, SUSPENDED] == asked
        assert "DUNNO" == operator.daemon.ask(f"c@sub.{domain}")
        (record, _) = operator.json("history", f"b@{domain}")
        assert ("jane", "suspend", "hacked") == (
            record["by"], record["action"], record["reason"],
        )  # fmt: skip
        assert "no sender matches" in operator.done(*words)
        said = operator.done("sender", "release", "--domain", domain, "--yes")
        assert "2 senders changed\n" == said

    def test_are_those_of_a_quota(self, alone: Operator) -> None:
        """All of them, in however many units of work; done again, nothing is left."""
        names = [f"{number}@example.com" for number in range(205)]
        create(alone, *names)
        create(alone, "other@example.com", quota=99)
        words = ["sender", "set", "--quota-was", "100", "--quota", "50", "--yes"]

        assert "205 senders changed\n" == alone.done(*words)
        after = quotas(alone)
        assert 99 == after.pop("other")
        assert {50} == set(after.values())
        assert 206 + 205 == len(alone.json("history", "--limit", "9999"))
        assert "nothing to change: no sender matches\n" == alone.done(*words)

    def test_are_those_of_both(self, alone: Operator) -> None:
        """Filters narrow."""
        create(alone, "a@example.com", "b@example.net")
        create(alone, "c@example.com", quota=0)
        chosen = ["--domain", "example.com", "--quota-was", "0"]
        alone.done("sender", "set", *chosen, "--quota", "5", "--yes")

        assert {"a": 100, "b": 100, "c": 5} == quotas(alone)

    def test_may_be_so_already(self, alone: Operator) -> None:
        """They are told apart."""
        create(alone, "a@example.com", "b@example.com")
        create(alone, "c@example.com", quota=5)
        words = ["sender", "set", "--domain", "example.com", "--quota", "5", "--yes"]

        assert "2 senders changed, 1 unchanged\n" == alone.done(*words)

    def test_on_a_server(self, server_operator: Operator) -> None:
        """The same on MariaDB, while the daemon counts."""
        operator = server_operator
        words = ["sender", "set", "--quota-was", "3", "--quota", "2", "--yes"]
        said = operator.done(*words)

        assert said.startswith("3 senders changed\n")
        assert {2} == set(quotas(operator).values())

    def test_may_be_over_their_quota_then(self, server_operator: Operator) -> None:
        """Which is told: it is blocked from now on."""
        words = ["sender", "set", "--domain", "example.org", "--quota", "1", "--yes"]
        said = server_operator.done(*words)

        assert (
            "over this quota now (blocked tries are counted): 2 senders;"
            " see rateguard sender list --over-quota\n"
        ) in said

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["set", "--quota", "5"], "name senders, or choose them"),
            (["suspend"], "name senders, or choose them"),
            (["suspend", "a@b", "--domain", "b"], "name senders, or choose them"),
            (["set", "a@b", "--quota-was", "0", "--quota", "5"], "name senders, or"),
            (["suspend", "--domain", ""], "expected a domain"),
            (["suspend", "--domain", "@"], "expected a domain"),
            (["set", "--quota-was", "many", "--quota", "5"], "--quota-was"),
            (["set", "--domain", "b", "--quota", "5", "--create"], "--create"),
        ],
    )
    def test_have_to_be_clear(
        self, alone: Operator, words: list[str], problem: str
    ) -> None:
        """What is not is a wrong command line, and nothing is changed."""
        create(alone, "a@b")
        result = alone.run("sender", *words)

        assert (2, "") == (result.exit_code, result.stdout)
        assert problem in result.stderr
        assert 1 == len(alone.json("history"))


class TestConfirmation:
    def test_is_needed_by_scripts(self, alone: Operator) -> None:
        """They cannot be asked."""
        create(alone, "a@example.com", "b@example.com")
        result = alone.run("sender", "suspend", "--domain", "example.com")

        assert (2, "") == (result.exit_code, result.stdout)
        assert "This changes 2 senders. Add --yes to confirm" in result.stderr
        assert 2 == len(alone.json("history"))

    @pytest.mark.parametrize(("typed", "status"), [("y", 0), ("n", 1), ("", 1)])
    def test_is_asked_for_at_a_terminal(
        self, alone: Operator, typed: str, status: int
    ) -> None:
        """With the number; no is what just Enter means."""
        create(alone, "a@example.com")
        ours, theirs = os.openpty()
        os.write(ours, f"{typed}\n".encode())
        done = subprocess.run(
            command("sender", "suspend", "--quota-was", "100"),
            env=alone.daemon.env,
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        os.close(ours)
        os.close(theirs)

        assert "This changes 1 sender. Continue? [y/N]: " in done.stdout
        assert status == done.returncode
        assert (2 if status == 0 else 1) == len(alone.json("history"))


@attrs.define
class Failing:
    """A database that fails when a unit of work more is begun than it allows."""

    database: Database
    fault: BaseException
    allowed: int = 2

    def unit(self) -> UnitOfWork:
        self.allowed -= 1
        if self.allowed < 0:
            raise self.fault
        return self.database.unit()

    def __getattr__(self, name: str) -> object:
        return getattr(self.database, name)


class TestCutOff:
    @pytest.mark.parametrize(
        ("fault", "told"),
        [
            (StoreUnavailable("gone"), "rateguard: gone"),
            (KeyboardInterrupt(), "Aborted!"),
        ],
    )
    def test_tells_how_far_it_came(
        self, alone: Operator, fault: BaseException, told: str
    ) -> None:
        """Run again, it finishes."""
        create(alone, *[f"{number}@example.com" for number in range(250)])
        ours = session()

        def failing(settings: Settings) -> Any:
            return Failing(ours.tools.database(settings), fault)

        tools = attrs.evolve(ours.tools, database=failing)
        faulty = attrs.evolve(alone, session=attrs.evolve(ours, tools=tools))
        words = ["sender", "set", "--quota-was", "100", "--quota", "50", "--yes"]

        result = faulty.run(*words)
        assert (1, "") == (result.exit_code, result.stdout)
        assert [
            "rateguard: 200 of 250 changed so far; run it again for the rest",
            told,
        ] == [line for line in result.stderr.splitlines() if line]
        assert "50 senders changed\n" == alone.done(*words)
        assert {50} == set(quotas(alone).values())
