"""Alert rules, dashboard and docs/monitoring.md know the metrics and each other."""

from __future__ import annotations

import json
import re
import subprocess

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.metrics.scraping import page, watched
from tests.integration.rigs.requirements import missing_for_promtool, program, require
from tests.unit.observe.scraped import exposed


ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = (PROMETHEUS / "rateguard.rules.yml").read_text("utf-8")
TESTS = ("rateguard.test.yml", "rateguard-hours.test.yml")
CASES = "".join((PROMETHEUS / name).read_text("utf-8") for name in TESTS)
DASHBOARD = json.loads((ROOT / "deploy/grafana/rateguard.json").read_text("utf-8"))
DOCS = (ROOT / "docs" / "monitoring.md").read_text("utf-8")

ALERTS = re.findall(r"- alert: (\w+)", RULES)
_METRIC = re.compile(r"\b(?:rateguard|process)_\w+")


def expressions(panel: Any) -> Iterator[str]:
    """Yield what is asked of Prometheus anywhere in a piece of a dashboard."""
    for key, value in panel.items() if isinstance(panel, dict) else enumerate(panel):
        if key in {"expr", "query"} and isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            yield from expressions(value)


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """Run it beside the rules."""
    require("promtool", missing_for_promtool())
    return subprocess.run(
        [program("promtool"), *words],
        cwd=PROMETHEUS,
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )


class TestAlerts:
    def test_are_understood(self) -> None:
        """Prometheus reads the rules, and finds nothing to object to."""
        done = promtool("check", "rules", "rateguard.rules.yml")

        assert (done.returncode, done.stderr) == (0, "")

    def test_come_when_they_should(self) -> None:
        """Each over series in which what it tells of happens, and is over."""
        done = promtool("test", "rules", *TESTS)

        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize("alert", ALERTS)
    def test_are_shown_to_come_and_to_be_quiet(self, alert: str) -> None:
        """A rule that is never tried out, or only one way, may be wrong for ever."""
        shown = re.findall(rf"alertname: {alert}\n +exp_alerts:(.*)", CASES)

        assert "" in shown
        assert " []" in shown

    def test_name_what_is_exposed(self) -> None:
        """A metric that nobody has makes an alert that never comes."""
        rules = re.findall(r"expr: (?:>-\n)?((?:.|\n)*?)\n +(?:for|labels):", RULES)

        assert len(ALERTS) == len(rules)
        assert set(_METRIC.findall(" ".join(rules))) - exposed() == set()
        assert set(_METRIC.findall(CASES)) - exposed() == set()


class TestDashboard:
    def test_names_what_is_exposed(self) -> None:
        """And shows all of ours, but the finer divisions of some."""
        asked = set(_METRIC.findall(" ".join(expressions(DASHBOARD))))

        assert asked - exposed() == set()
        assert len(asked) > 15

    def test_asks_what_can_be_answered(self, tmp_path: Path) -> None:
        """Each query as it is when the variables are filled in."""
        asked = [each for each in expressions(DASHBOARD) if "label_values" not in each]
        queries = [each for each in asked if each != "prometheus"]
        rules = [
            {"record": "query", "expr": query.replace("$__rate_interval", "1m")}
            for query in queries
        ]
        # JSON is YAML.
        file = tmp_path / "queries.yml"
        file.write_text(json.dumps({"groups": [{"name": "q", "rules": rules}]}))

        done = promtool("check", "rules", "--lint=none", str(file))
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(queries) > 20

    def test_asks_the_source_that_is_chosen(self) -> None:
        """Every panel; nobody's own is written into it."""
        sources = re.findall(r'"uid": "([^"]*)"', json.dumps(DASHBOARD))

        assert set(sources) == {"${datasource}", "rateguard"}


class TestPage:
    def test_has_each_metric_and_no_other(self) -> None:
        """In the table, or among those of the process."""
        families = {
            re.sub(r"_(bucket|count|sum)$", "", name)
            if "duration" in name or "batch" in name
            else name
            for name in exposed()
        }

        assert families == set(re.findall(r"`((?:rateguard|process)_\w+)`", DOCS))

    @pytest.mark.parametrize("alert", ALERTS)
    def test_says_what_to_do(self, alert: str) -> None:
        """Where the alert says that it does."""
        assert f"\n### {alert}\n\n" in DOCS
        assert f"runbook: docs/monitoring.md#{alert.lower()}\n" in RULES

    def test_has_no_alert_that_is_none(self) -> None:
        """In the order of the rules."""
        assert ALERTS == re.findall(r"^### (\w+)$", DOCS, re.MULTILINE)


class TestDaemon:
    def test_is_understood(self, tmp_path: Path) -> None:
        """
        Prometheus's own tool reads what a daemon shows, and every metric is
        there that is there without a cleanup or a notifier.
        """
        require("promtool", missing_for_promtool())
        with watched(tmp_path) as daemon:
            daemon.ask("anna@example.org")
            _, text = page(daemon, "/metrics")

        done = subprocess.run(
            [program("promtool"), "check", "metrics"],
            input=text,
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, "")
        shown = set(re.findall(r"^(\w+)", text, re.MULTILINE))
        kept = ("rateguard_senders", "rateguard_cleanup", "rateguard_notifications")
        assert all(name.startswith(kept) for name in exposed() - shown)
