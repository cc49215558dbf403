"""Notifiers of other packages."""

from __future__ import annotations

import os
import re

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.daemons import set_quota
from tests.integration.rigs.daemon import PrivateDaemon, until
from tests.integration.rigs.receiver import HookReceiver


DOCUMENT = Path(__file__).parents[3] / "docs" / "custom-alerts.md"


def _snippet(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return str(found)


def install(folder: Path, module: str, source: str, entry_point: str) -> str:
    """
    Do what pip does with a package of one module; return the folder as a
    PYTHONPATH.
    """
    (folder / f"{module}.py").write_text(source, "utf-8")
    facts = folder / f"{module}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "utf-8"
    )
    (facts / "entry_points.txt").write_text(
        f"[rateguard.notifiers]\n{entry_point}\n", "utf-8"
    )
    return os.pathsep.join(
        filter(None, [str(folder), os.environ.get("PYTHONPATH", "")])
    )


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    folder.mkdir()
    return folder


@pytest.fixture
def chat() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


def _worked_example(packages: Path) -> str:
    (entry_point,) = re.findall(r"^chat = \"(.*)\"$", _snippet("toml"), re.MULTILINE)
    return install(
        packages, "chatty_notifier", _snippet("python"), f"chat = {entry_point}"
    )


class TestWorkedExample:
    def test_is_told_of_a_crossing(
        self, tmp_path: Path, packages: Path, chat: HookReceiver
    ) -> None:
        """The package of the documentation, installed, is told once."""
        settings = {"PYTHONPATH": _worked_example(packages), "CHAT_URL": chat.url("/")}
        with PrivateDaemon(tmp_path, settings) as daemon:
            set_quota(daemon, "anna@example.org", 0)
            daemon.ask("anna@example.org", recipient_count=3)
            until(lambda: chat.received)
            until(lambda: "delivered to chat" in daemon.log())

        (told,) = chat.received
        assert told.json["text"] == "quota_reached: anna@example.org, 3 sent"

    def test_is_tried_out(
        self, tmp_path: Path, packages: Path, chat: HookReceiver
    ) -> None:
        """``notify test`` says that it works, or why it does not."""
        chat.answer(503)
        settings = {"PYTHONPATH": _worked_example(packages), "CHAT_URL": chat.url("/")}
        daemon = PrivateDaemon(tmp_path, settings)

        failed = daemon.run("notify", "test")
        chat.answer(200)
        worked = daemon.run("notify", "test")

        assert (1, "chat: failed: chat answered 503\n") == (
            failed.returncode,
            failed.stdout,
        )
        assert (0, "chat: delivered\n") == (worked.returncode, worked.stdout)

    def test_is_not_wanted_without_its_setting(
        self, tmp_path: Path, packages: Path
    ) -> None:
        """Installed is not yet asked for."""
        daemon = PrivateDaemon(tmp_path, {"PYTHONPATH": _worked_example(packages)})

        tried = daemon.run("notify", "test")

        assert tried.returncode == 1
        assert "nobody gets alerts" in tried.stdout


FAULTY = """
class Nameless:
    name = ""
    def deliver(self, alert): ...

class Impostor:
    name = "webhook"
    def deliver(self, alert): ...

class Mute:
    name = "mute"

def wanted(environment):
    kind = environment["FAULTY"]
    return {"nameless": Nameless, "impostor": Impostor, "mute": Mute}[kind]()
"""


class TestFaulty:
    @pytest.mark.parametrize(
        ("kind", "problem"),
        [
            ("nameless", "its name has to be text of up to 64 characters"),
            ("impostor", "another notifier has the name webhook"),
            ("mute", "it has no deliver()"),
            ("raising", "KeyError('raising')"),
        ],
    )
    def test_is_a_wrong_setting(
        self, tmp_path: Path, packages: Path, kind: str, problem: str
    ) -> None:
        """
        The daemon says which one it is and what is wrong, and does not start;
        ``check-config`` says it, too.
        """
        path = install(packages, "faulty", FAULTY, "odd = faulty:wanted")
        daemon = PrivateDaemon(tmp_path, {"PYTHONPATH": path, "FAULTY": kind})

        for words in (["serve"], ["check-config"]):
            refused = daemon.run(*words)
            assert refused.returncode == 2
            assert f"rateguard: notifier odd: {problem}" in refused.stderr

    def test_stops_no_cleanup(self, tmp_path: Path, packages: Path) -> None:
        """Who tells is nothing to the nightly reset."""
        path = install(packages, "faulty", FAULTY, "odd = faulty:wanted")
        daemon = PrivateDaemon(tmp_path, {"PYTHONPATH": path, "FAULTY": "mute"})

        assert daemon.run("migrate").returncode == 0
        assert daemon.run("cleanup").returncode == 0
