"""A database of policyd-rate-guard is taken over as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from yoyo import read_migrations
from yoyo.backends.base import DatabaseBackend

from rateguard.adapters.sql.migrate import with_backend
from rateguard.domain.decision import Verdict
from rateguard.domain.submission import sender_key
from rateguard.domain.usecases.cleanup import ResetCounters
from tests.integration.contracts.acts import judging, mail
from tests.integration.contracts.resetting import finish
from tests.integration.contracts.rig import NOON, HandClock
from tests.integration.databases import Database, empty_mariadb, empty_sqlite
from tests.integration.migrations import legacy
from tests.integration.migrations.legacy import Legacy, Snapshot
from tests.integration.store_rigs import SqlRig


# Senders too far for the Latin alphabet, and too alike for a collation.
FOREIGN = ("日本@example.com", "jorg@example.com", "jörg@example.com")


@attrs.frozen
class Takeover:
    """A database that policyd-rate-guard filled and that was taken over."""

    legacy: Legacy
    database: Database
    before: Snapshot
    after: Snapshot

    @property
    def rig(self) -> SqlRig:
        """Looks into the database."""
        return self.database.rig


@pytest.fixture(
    scope="module", params=[legacy.SQLITE, *legacy.MARIADB], ids=lambda each: each.name
)
def takeover(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Takeover]:
    with (
        empty_sqlite(tmp_path_factory.mktemp("takeover"))
        if request.param is legacy.SQLITE
        else empty_mariadb(request.getfixturevalue("mariadb"), request.param.charset)
    ) as database:
        request.param.create(database.rig)
        before = Snapshot.of(database.rig)
        database.migrator.apply()
        after = Snapshot.of(database.rig)
        yield Takeover(request.param, database, before, after)


class TestGivenBack:
    @pytest.mark.parametrize(
        "old", [legacy.SQLITE, legacy.MARIADB[0]], ids=lambda each: each.name
    )
    def test_nothing_is_dropped_that_was_there(
        self, request: pytest.FixtureRequest, tmp_path: Path, old: Legacy
    ) -> None:
        """Whoever has yoyo undo our migrations keeps senders and messages."""
        with (
            empty_sqlite(tmp_path)
            if old is legacy.SQLITE
            else empty_mariadb(request.getfixturevalue("mariadb"), old.charset)
        ) as database:
            old.create(database.rig)
            database.migrator.apply()
            before = Snapshot.of(database.rig)

            with_backend(
                database.rig.dialect, database.migrator.database, _undo(database)
            )

            assert before == Snapshot.of(database.rig)


def _undo(database: Database) -> Callable[[DatabaseBackend], None]:
    migrator = database.migrator
    shipped = read_migrations(str(migrator.folder / migrator.dialect.name))

    def work(backend: DatabaseBackend) -> None:
        backend.rollback_migrations(backend.to_rollback(shipped))

    return work


class TestTakeover:
    def test_no_row_is_lost_and_no_total_changed(self, takeover: Takeover) -> None:
        """
        Every counter, every policy, every time and every message is what it
        was; the migrations of others are still on record.
        """
        assert len(takeover.before.messages) == len(takeover.legacy.spellings())
        assert takeover.before.counters == takeover.after.counters
        assert takeover.before.messages == takeover.after.messages
        recorded = takeover.rig.run("SELECT migration_id FROM _yoyo_migration")
        assert (legacy.FOREIGN_MIGRATION,) in recorded

    def test_senders_go_on_under_their_canonical_key(self, takeover: Takeover) -> None:
        """
        Each row has the key that the next message of its sender will have.
        Where two spellings have one key, the row that has the key keeps it
        and the other stays as it is.
        """
        spellings = takeover.legacy.spellings()

        assert spellings == takeover.before.senders
        assert [
            " twice@example.com" if spelling.startswith(" ") else sender_key(spelling)
            for spelling in spellings
        ] == takeover.after.senders

    def test_a_second_run_does_nothing(self, takeover: Takeover) -> None:
        """Taken over once, there is nothing left to do."""
        before = Snapshot.of(takeover.rig)

        assert takeover.database.migrator.pending() == []
        assert takeover.database.migrator.apply() == []
        assert before == Snapshot.of(takeover.rig)

    def test_the_next_message_finds_its_row(self, takeover: Takeover) -> None:
        """
        Judging goes on counting where policyd-rate-guard stopped, for every
        spelling; a full counter stays full.
        """
        before = takeover.rig.counters()
        spellings = [each for each in takeover.legacy.spellings() if each[0] != " "]
        batch = [mail("", 1, sender_key(spelling)) for spelling in spellings]

        judging(takeover.rig)(batch)

        after = takeover.rig.counters()
        assert set(before) == set(after)
        for submission in batch:
            counter = before.pop(submission.sender)
            charged = counter.charge(messages=1, recipients=1)
            assert charged == after.pop(submission.sender)
        assert before == after

    def test_lookalikes_are_senders_of_their_own(self, takeover: Takeover) -> None:
        """
        Names that the old tables could not keep or could not tell apart are
        charged apart, each message once, also when it grows.
        """
        clock = HandClock()
        judge = judging(takeover.rig, clock)
        before = takeover.rig.counters()
        judge([mail("t", i + 1, name) for i, name in enumerate(FOREIGN)])
        clock.pass_by(hours=1)

        sizes = dict(zip(FOREIGN, (9, 2, 3), strict=True))
        decisions = judge([mail("t", size, name) for name, size in sizes.items()])

        assert [decision.repeated for decision in decisions] == [False, True, True]
        after = takeover.rig.counters()
        for name, recipients in sizes.items():
            old = before[name].recipients if name in before else 0
            assert after[name].recipients == old + recipients
        kept = takeover.rig.messages()[-3:]
        assert [message.recipients for message in kept] == [9, 2, 3]
        assert {(Verdict.ACCEPT, NOON)} == {(each.verdict, each.at) for each in kept}

    def test_lookalikes_are_not_shown_each_others_messages(
        self, takeover: Takeover
    ) -> None:
        """
        What somebody is told of a sender is of that sender alone, also where
        the old table cannot tell the names apart.
        """
        judge = judging(takeover.rig)
        for size, name in enumerate(FOREIGN, start=21):
            judge([mail("", size, name)])

        with takeover.rig.units() as unit:
            newest = [unit.messages.recent(name, limit=9) for name in FOREIGN]

        for size, recent in enumerate(newest, start=21):
            sizes = {message.recipients for message in recent}
            assert sizes & {21, 22, 23} == {size}

    def test_a_reset_is_no_change(self, takeover: Takeover) -> None:
        """
        The time of a counter's last change is that of its last message, also
        where the column changes by itself.
        """
        sender, clock = "plain@example.com", HandClock()
        judging(takeover.rig, clock)([mail(sender=sender)])
        reset = ResetCounters(takeover.rig.units, clock)

        finish(reset, reset.begin(period_start=NOON))

        assert takeover.rig.counters()[sender].messages == 0
        assert takeover.rig.changed_at(sender) == NOON

    def test_a_name_entered_with_a_space_behind_is_limited(
        self, takeover: Takeover
    ) -> None:
        """
        A row that somebody enters by hand with a space behind the name does
        not keep its sender from being judged.
        """
        takeover.rig.run(
            "INSERT INTO ratelimits (sender, quota) VALUES ('by-hand@example.com ', 5)"
        )

        decisions = judging(takeover.rig, quota=5)(
            [mail(recipients=6, sender="by-hand@example.com")]
        )

        assert [decision.verdict for decision in decisions] == [Verdict.DEFER]
