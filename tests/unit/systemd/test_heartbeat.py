"""The watchdog is fed while requests are answered, and only then."""

from __future__ import annotations

import attrs
import pytest

from rateguard.entrypoints.daemon.systemd import (
    GRACE_SECONDS,
    Health,
    Heartbeat,
)
from tests.unit.daemon.loops import hand_loop, in_loop, turns
from tests.unit.doubles import LogSpy


DEADLINE = 5.0
BEAT = 10.0
TOO_LONG = DEADLINE + GRACE_SECONDS + 0.1


@attrs.define
class Patient:
    """Vital signs as the test wants them."""

    judges: bool = True
    waits: float = 0.0
    ended: tuple[str, ...] = ()

    def longest_wait(self) -> float:
        """Return what was set."""
        return self.waits

    def ended_lanes(self) -> tuple[str, ...]:
        """Return what was set."""
        return self.ended


class Told(list[dict[str, object]]):
    """What the service manager was told."""

    def __call__(self, **facts: object) -> None:
        """Hear it."""
        self.append(facts)


async def beats(patient: Patient, *changes: Patient) -> Told:
    """Return what was told at the first beat, and after each change at the next."""
    told = Told()
    vitals = attrs.evolve(patient)
    heart = Heartbeat(tell=told, seconds=BEAT, health=Health(vitals, DEADLINE))
    heart.beat()
    for change in changes:
        vitals.judges, vitals.waits = change.judges, change.waits
        vitals.ended = change.ended
        hand_loop().skip(BEAT)
        await turns()
    heart.stop()
    hand_loop().skip(BEAT)
    await turns()
    return told


class TestHealth:
    @pytest.mark.parametrize(
        "patient",
        [Patient(), Patient(waits=DEADLINE), Patient(judges=False, waits=DEADLINE)],
    )
    def test_who_answers_is_well(self, patient: Patient) -> None:
        """
        By a decision or by failing open: a store that hangs, with all its
        requests answered by the deadline, is not mended by a restart.
        """
        assert Health(patient, DEADLINE).ailment() is None

    @pytest.mark.parametrize(
        ("patient", "ailment"),
        [
            (Patient(waits=TOO_LONG), "a request has been waiting for 6 s"),
            (Patient(ended=("lane-0", "lane-1")), "lane-0, lane-1 ended by itself"),
        ],
    )
    def test_who_does_not_is_ill(self, patient: Patient, ailment: str) -> None:
        """A request is left unanswered, or a lane will never judge again."""
        health = Health(patient, DEADLINE)

        assert ailment == health.ailment()
        assert f"not answering: {ailment}" == health.status()

    def test_the_status_tells_of_an_outage(self) -> None:
        """``systemctl status`` shows at a glance that nothing is counted."""
        health = Health(Patient(judges=False), DEADLINE)

        assert "database unavailable, mail passes uncounted" == health.status()


class TestHeartbeat:
    @in_loop
    async def test_it_beats_until_it_is_stopped(self) -> None:
        """One sign of life per period; the status only when it changes."""
        told = await beats(Patient(), Patient(), Patient(judges=False))

        assert [
            {"WATCHDOG": 1, "STATUS": "guarding"},
            {"WATCHDOG": 1},
            {"WATCHDOG": 1, "STATUS": "database unavailable, mail passes uncounted"},
        ] == told

    @in_loop
    async def test_it_skips_while_something_is_wrong(self, log: LogSpy) -> None:
        """
        The watchdog is not fed then, the log says why, once; what mends
        itself in time is fed again.
        """
        ill = Patient(waits=TOO_LONG)
        told = await beats(Patient(), ill, ill, Patient())

        why = "a request has been waiting for 6 s"
        assert [
            {"WATCHDOG": 1, "STATUS": "guarding"},
            {"STATUS": f"not answering: {why}"},
            {"WATCHDOG": 1, "STATUS": "guarding"},
        ] == told
        assert [("ERROR", f"the watchdog is not fed: {why}")] == log.lines
