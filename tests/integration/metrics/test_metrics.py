"""A daemon that is watched while it works."""

from __future__ import annotations

import threading
import time

from pathlib import Path

from tests.integration.daemons import flood, rows
from tests.integration.metrics.scraping import (
    page,
    results,
    scrape,
    scrape_once_counted,
    watched,
)
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.unit.observe.scraped import Samples


ANNA = "anna@example.org"


def _scraping(daemon: PrivateDaemon, over: threading.Event) -> list[Samples]:
    """Scrape again and again."""
    found = []
    while not over.is_set():
        found.append(scrape(daemon))
    return found


class TestMetrics:
    def test_are_exact(self, tmp_path: Path) -> None:
        """
        After a hundred messages of one sender over ten connections, with
        somebody scraping all the while: every one is counted once, in each
        place where it belongs, and no scrape showed less than one before it.
        """
        over, found = threading.Event(), list[Samples]()
        with watched(tmp_path, QUOTA="30") as daemon:
            watcher = threading.Thread(
                target=lambda: found.extend(_scraping(daemon, over))
            )
            watcher.start()
            try:
                flood([daemon], ANNA, connections=10, each=10)
                for _ in range(7):
                    daemon.ask(ANNA, protocol_state="RCPT")
            finally:
                over.set()
                watcher.join()
            until(lambda: scrape(daemon)["rateguard_connections"] == 0)
            last = scrape_once_counted(daemon, 107)

        expected = {"accepted": 30, "blocked": 70, "ignored": 7, "failed_open": 0}
        assert expected == results(last)
        counts = {
            'rateguard_crossings_total{event="quota_reached"}': 1,
            "rateguard_request_duration_seconds_count": 100,
            "rateguard_batch_size_sum": 100,
            "rateguard_queue_length": 0,
            "rateguard_store_up": 1,
        }
        assert counts == {name: last[name] for name in counts}
        batches = last["rateguard_batch_size_count"]
        assert batches == last["rateguard_commit_duration_seconds_count"]
        assert last["rateguard_commit_duration_seconds_sum"] > 0
        sums = [sum(results(each).values()) for each in [*found, last]]
        assert sorted(sums) == sums

    def test_tell_of_a_store_that_is_away(self, tmp_path: Path) -> None:
        """
        Who passed unjudged is counted; the daemon is well all the same, and
        says what is the matter until it is over.
        """
        with watched(tmp_path) as daemon:
            assert daemon.ask(ANNA) == "DUNNO"
            assert page(daemon, "/healthz") == (200, "ok\n")

            rows(daemon, "ALTER TABLE messages RENAME TO elsewhere")
            with daemon.connect() as client:
                for _ in range(5):
                    assert client.ask(ANNA) == "DUNNO"
            away = scrape_once_counted(daemon, 6)
            degraded = "degraded: database down, mail passes uncounted\n"
            assert page(daemon, "/healthz") == (200, degraded)
            rows(daemon, "ALTER TABLE elsewhere RENAME TO messages")

            def judged() -> bool:
                daemon.ask(ANNA)
                return results(scrape(daemon))["accepted"] > 1

            until(judged)
            assert page(daemon, "/healthz") == (200, "ok\n")
            # What is meant to be told here is told as an error in the log.
            daemon.log_file.write_text("", "utf-8")

        expected = {"accepted": 1, "blocked": 0, "ignored": 0, "failed_open": 5}
        assert expected == results(away)
        assert away["rateguard_store_up"] == 0
        assert away['rateguard_failed_open_total{reason="store_unavailable"}'] == 5
        assert away['rateguard_store_errors_total{kind="outdated"}'] == 1
        assert away["rateguard_request_duration_seconds_count"] == 6

    def test_tell_of_a_store_that_never_was_there(self, tmp_path: Path) -> None:
        """
        Before anybody asks: it is looked at all the same. Then everybody
        passes, and nothing is said of what is kept.
        """
        away = {"DB_HOST": "127.0.0.1", "DB_PORT": "1"}
        with watched(tmp_path, **away) as daemon:
            until(lambda: scrape(daemon)["rateguard_store_up"] == 0)
            degraded = "degraded: database down, mail passes uncounted\n"
            assert page(daemon, "/healthz") == (200, degraded)
            assert [daemon.ask(ANNA) for _ in range(3)] == ["DUNNO"] * 3
            found = scrape_once_counted(daemon, 3)
            # What is meant to be told here is told as an error in the log.
            daemon.log_file.write_text("", "utf-8")

        expected = {"accepted": 0, "blocked": 0, "ignored": 0, "failed_open": 3}
        assert expected == results(found)
        assert found['rateguard_store_errors_total{kind="unavailable"}'] >= 1
        assert "rateguard_senders" not in found

    def test_have_what_is_kept(self, tmp_path: Path) -> None:
        """
        Who is over quota, what waits to be told and how often that failed,
        when the last cleanup was.
        """
        settings = {
            "WEBHOOK_ENABLED": "true",
            "WEBHOOK_URL": "http://127.0.0.1:1/",
            "WEBHOOK_SECRET": "secret",
            "QUOTA": "0",
        }
        began = int(time.time())
        failed = 'rateguard_notifications_total{notifier="webhook",result="failed"}'
        with watched(tmp_path, **settings) as daemon:
            assert daemon.run("cleanup").returncode == 0
            daemon.ask(ANNA)
            until(lambda: scrape(daemon)[failed] >= 1)
            # It is looked at when the daemon starts, and every half minute.
            daemon.stop()
            daemon.log_file.write_text("", "utf-8")
            daemon.start()
            until(lambda: "rateguard_senders" in scrape(daemon))
            found = scrape(daemon)

        expected = {
            "rateguard_senders": 1,
            "rateguard_senders_over_quota": 1,
            "rateguard_senders_suspended": 0,
            'rateguard_notifications_waiting{notifier="webhook"}': 1,
        }
        assert expected == {name: found[name] for name in expected}
        times = [
            found[f"rateguard_cleanup_{name}_timestamp_seconds"]
            for name in ("started", "finished")
        ]
        assert began <= times[0] <= times[1] <= time.time()

    def test_name_nobody(self, tmp_path: Path) -> None:
        """
        Neither senders nor clients: there are too many, and they are nobody's
        business.
        """
        with watched(tmp_path, QUOTA="1") as daemon:
            for _ in range(3):
                daemon.ask(ANNA, client_address="192.0.2.7")
            _, text = page(daemon, "/metrics")

        assert "anna" not in text
        assert "192.0.2.7" not in text
