"""The daemon's answer to a request that charges nobody."""

from __future__ import annotations

import pytest

from rateguard.domain.errors import BadRequest, CannotLook, NoAnswer
from rateguard.entrypoints.cli.doctor.daemon import answer
from rateguard.entrypoints.settings.addresses import Address
from tests.unit.doctor.machines import machine


UNITS = {"rateguard.service": "enabled"}


class Daemon:
    """Answers, or fails."""

    def __init__(self, outcome: str | Exception) -> None:
        self._outcome = outcome
        self.questions: list[dict[str, str]] = []

    def __call__(self, address: Address, **question: str) -> str:
        """Answer one request."""
        self.questions.append(question)
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


def no_answer(cause: Exception | None) -> NoAnswer:
    """Return what ``ask`` raises."""
    error = NoAnswer("hung up")
    error.__cause__ = cause
    return error


class TestAnswer:
    def test_charges_nobody(self) -> None:
        """The request is about no sender."""
        daemon = Daemon("DUNNO")

        assert [] == list(answer(machine(ask=daemon)))
        assert daemon.questions == [{}]

    @pytest.mark.parametrize(
        ("outcome", "problem", "fix"),
        [
            (
                no_answer(ConnectionRefusedError(111, "Connection refused")),
                "nothing answers at 127.0.0.1,10033: Connection refused",
                "systemctl enable --now rateguard",
            ),
            (no_answer(None), "127.0.0.1,10033: hung up", "systemctl enable"),
            (
                no_answer(TimeoutError("timed out")),
                "accepts connections but does not answer",
                "systemctl restart rateguard",
            ),
            ("OK", "another program answers at 127.0.0.1,10033: OK", "SOCKET"),
            (BadRequest("?", b"?"), "no answer of a policy service", "SOCKET"),
        ],
    )
    def test_that_is_wrong(
        self, outcome: str | Exception, problem: str, fix: str
    ) -> None:
        """Silence, hanging, and another program's words are faults."""
        (found,) = answer(machine(UNITS, ask=Daemon(outcome)))

        assert found.level == "fault"
        assert problem in found.problem
        assert fix in found.fix

    def test_that_is_not_for_us(self) -> None:
        """A socket that we may not use says nothing about the daemon."""
        refused = no_answer(PermissionError(13, "Permission denied"))

        with pytest.raises(CannotLook, match="run it as root"):
            list(answer(machine(ask=Daemon(refused))))

    def test_of_each_address(self) -> None:
        """All of SOCKET are asked, but for a port that is not known."""
        daemon = Daemon("DUNNO")
        several = {"SOCKET": "127.0.0.1,0 127.0.0.1,1 /run/rateguard"}

        list(answer(machine(settings=several, ask=daemon)))

        assert len(daemon.questions) == 2
