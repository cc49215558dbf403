"""What the log says of an outage."""

from __future__ import annotations

from rateguard.entrypoints.daemon.fail_open import OutageLog
from tests.unit.doubles import LogSpy


class TestOutage:
    def test_begins_with_one_error(self, log: LogSpy) -> None:
        """And says why."""
        OutageLog().down("lane-0", 100.0, "no route to %s")

        expected = "database unavailable, mail passes uncounted: no route to %s"
        assert [("ERROR", expected)] == log.lines

    def test_is_not_repeated_by_every_failure(self, log: LogSpy) -> None:
        """Whatever the lane, for a minute."""
        outage = OutageLog()
        for second in range(60):
            outage.down(f"lane-{second % 3}", 100.0 + second, "no route")

        assert len(log.lines) == 1

    def test_is_called_to_mind_once_a_minute(self, log: LogSpy) -> None:
        """With its length and the damage so far."""
        outage = OutageLog()
        for second in range(181):
            outage.down("lane-0", 100.0 + second, "no route")
            outage.passed()

        expected = [
            f"database still unavailable after {seconds} s, {seconds} requests passed"
            for seconds in (60, 120, 180)
        ]
        shown = [text.partition(" uncounted: no route")[0] for _, text in log.lines]
        assert expected == shown[1:]
        assert {"ERROR"} == {level for level, _ in log.lines}

    def test_tells_each_further_cause_once(self, log: LogSpy) -> None:
        """
        The second fault may be the one that somebody can mend; but not more
        than five of them.
        """
        outage = OutageLog()
        for why in ("a", "b", "a", "b", "c", "d", "e", "f", "g", "a"):
            outage.down("lane-0", 100.0, why)

        unavailable = "database unavailable, mail passes uncounted"
        also = [("ERROR", f"{unavailable}, also: {why}") for why in "bcde"]
        assert [("ERROR", f"{unavailable}: a"), *also] == log.lines

    def test_that_comes_and_goes_floods_nothing(self, log: LogSpy) -> None:
        """
        Ten lines a minute at most; the next one that is written has the
        damage that was not told.
        """
        outage = OutageLog()
        for start in [*(100 + 0.5 * number for number in range(100)), 200.0]:
            outage.down("lane-0", start, "no route")
            outage.passed()
            outage.up("lane-0", start + 0.25)

        expected = "database is back after 0 s, 1 requests passed uncounted"
        assert [expected] * 5 == [text for _, text in log.lines[1:10:2]]
        expected = "database is back after 0 s, 96 requests passed uncounted"
        assert [expected] == [text for _, text in log.lines[11:]]

    def test_ends_with_one_line(self, log: LogSpy) -> None:
        """How long it was, and how many requests passed."""
        outage = OutageLog()
        outage.down("lane-0", 100.0, "no route")
        for _ in range(7):
            outage.passed()
        outage.up("lane-0", 112.4)

        expected = "database is back after 12 s, 7 requests passed uncounted"
        assert [("WARNING", expected)] == log.lines[1:]

    def test_lasts_until_the_last_lane_is_back(self, log: LogSpy) -> None:
        """The lanes share a store."""
        outage = OutageLog()
        outage.down("lane-0", 100.0, "no route")
        outage.down("lane-1", 101.0, "no route")

        outage.up("lane-0", 110.0)
        assert len(log.lines) == 1
        outage.up("lane-1", 120.0)

        assert log.lines[1][1].startswith("database is back after 20 s")

    def test_is_not_over_twice(self, log: LogSpy) -> None:
        """Nor is it over where none was."""
        outage = OutageLog()
        outage.up("lane-0", 99.0)
        outage.down("lane-0", 100.0, "no route")
        outage.up("lane-0", 101.0)
        outage.up("lane-0", 102.0)

        assert len(log.lines) == 2

    def test_counts_its_own_damage(self, log: LogSpy) -> None:
        """The next outage begins at nothing."""
        outage = OutageLog()
        for start in (100.0, 200.0):
            outage.down("lane-0", start, "no route")
            outage.passed()
            outage.passed()
            outage.up("lane-0", start + 1)

        expected = "database is back after 1 s, 2 requests passed uncounted"
        assert [expected, expected] == [text for _, text in log.lines[1::2]]
