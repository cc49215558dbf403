"""``rateguard incident``, where nobody is asked."""

from __future__ import annotations

import uuid

import pytest

from tests.integration.operating.operators import Operator


@pytest.fixture
def sender(operator: Operator) -> str:
    """A sender from two addresses, the last message blocked; one more from there."""
    name = f"{uuid.uuid4().hex}@example.org"
    with operator.daemon.connect() as client:
        for number in range(4):
            client.ask(
                name,
                recipient_count=1 + (number == 3),
                queue_id=f"4cK{name[:4]}{number}",
                client_address=f"198.51.100.{number // 3}",
                client_name="mx.example.net",
                instance=f"{name}.{number}",
            )
        client.ask(name, queue_id="ALL", client_address="198.51.100.0")
        client.ask(f"other-{name}", client_address="198.51.100.0")
    return name


class TestIncident:
    def test_tells_scripts_everything(self, operator: Operator, sender: str) -> None:
        """Clients with counts, the rate, who else was there, what was accepted."""
        found = operator.json("incident", sender.upper())

        assert (sender, 3, True, True) == (
            found["sender"], found["quota"], found["over_quota"], found["complete"],
        )  # fmt: skip
        first, second = found["clients"]
        assert ("198.51.100.0", 4, 1) == (
            first["address"], first["messages"], first["blocked"],
        )  # fmt: skip
        assert ("198.51.100.1", "mx.example.net", 1, 1) == (
            second["address"], second["name"], second["messages"], second["blocked"],
        )  # fmt: skip
        assert first["first_at"] <= first["last_at"]
        assert f"other-{sender}" in [each["sender"] for each in found["other_senders"]]
        assert sender not in [each["sender"] for each in found["other_senders"]]
        assert 1 == found["rate_minutes"]
        assert [f"4cK{sender[:4]}{number}" for number in (2, 1, 0)] == (
            found["queue_ids"]
        )

    def test_prints_queue_ids_for_postsuper(
        self, operator: Operator, sender: str
    ) -> None:
        """One a line, of accepted messages, and none that means more than one."""
        text = operator.done("incident", sender, "--queue-ids")

        assert [f"4cK{sender[:4]}{number}" for number in (2, 1, 0)] == text.split("\n")[
            :-1
        ]

    def test_asks_nobody_in_a_pipe(self, operator: Operator, sender: str) -> None:
        """It says what it knows."""
        result = operator.run("incident", sender)

        assert (0, "") == (result.exit_code, result.stderr)
        assert "Suspend" not in result.stdout
        assert f"rateguard incident --queue-ids -- {sender} | postsuper -d -" in (
            result.stdout
        )

    def test_names_a_command_that_looks_back_as_far(
        self, operator: Operator, sender: str
    ) -> None:
        """What it deletes is what was shown."""
        text = operator.done("incident", sender, "--since", "2026-01-01T00:00+00:00")

        since = "--queue-ids --since 2026-01-01T00:00:00+00:00 --"
        assert f"incident {since} {sender} | postsuper -d -" in text

    def test_looks_back_as_far_as_told(self, operator: Operator, sender: str) -> None:
        """Nothing is of the future."""
        assert "" == operator.done(
            "incident", sender, "--since", "2037-01-01", "--queue-ids"
        )

    def test_of_a_stranger(self, operator: Operator) -> None:
        """It is told, and who may have been meant."""
        result = operator.run("incident", "anna@exmaple.org")

        assert (1, "") == (result.exit_code, result.stdout)
        assert "unknown sender anna@exmaple.org" in result.stderr
        assert "did you mean anna@example.org?" in result.stderr

    def test_on_a_server(self, server_operator: Operator) -> None:
        """The same on MariaDB."""
        found = server_operator.json("incident", "anna@example.org")

        clients = [(each["address"], each["messages"]) for each in found["clients"]]
        assert [("192.0.2.0", 2), ("192.0.2.1", 2)] == clients
        # Their queue ids are too short to be Postfix's.
        assert [] == found["queue_ids"]
