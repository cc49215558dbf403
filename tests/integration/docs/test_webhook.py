"""What docs/alerts.md tells those who write a receiver is true."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from collections.abc import Sequence
from pathlib import Path

import pytest

from rateguard.adapters.notify.webhook.document import jwt_key, simple_token
from tests.integration.rigs.requirements import missing_for_php, program, require
from tests.integration.webhook.document import snippet, text
from tests.integration.webhook.forged import KEY, SENDER, handmade, ours, signed
from tests.integration.webhook.sending import SECRET


OTHER_SECRET = "QW5vdGhlciBzZWNyZXQsIGFzIGxvbmcgYXMgdGhlIGZpcnN0Lg=="

Case = tuple[str, str, str]
"""Token, sender and secret."""

_PYTHON = """
import json, sys
print(json.dumps([{name}(*case) for case in json.load(sys.stdin)]))
"""
_PHP = """
$cases = json_decode(stream_get_contents(STDIN), true);
echo json_encode(array_map(fn ($case) => {name}(...$case), $cases));
"""


def run(language: str, name: str, folder: Path, cases: Sequence[Case]) -> list[bool]:
    """Return what the document's function says to each case."""
    command, driver = [sys.executable], _PYTHON
    if language == "php":
        require("php", missing_for_php())
        # Every notice is shown, and then there is no JSON.
        settings = ("-d", "display_errors=1", "-d", "error_reporting=-1")
        command, driver = [program("php"), *settings], _PHP
    file = folder / f"receiver.{language}"
    file.write_text(snippet(language, name) + driver.format(name=name), "utf-8")
    done = subprocess.run(
        [*command, str(file)],
        input=json.dumps(cases),
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    answers: list[bool] = json.loads(done.stdout)
    return answers


both = pytest.mark.parametrize("language", ["python", "php"])


class TestSimpleToken:
    @both
    def test_is_recognized(self, language: str, tmp_path: Path) -> None:
        """Ours is, and the one of the document."""
        (vector,) = re.findall(r"^`([0-9a-f]{64})`\.$", text(), re.MULTILINE)
        cases = [
            (simple_token(SECRET, SENDER), SENDER, SECRET),
            (vector, "test@example.com", SECRET),
        ]

        found = run(language, "simple_token_is_ours", tmp_path, cases)

        assert found == [True, True]

    @both
    def test_is_not_mistaken(self, language: str, tmp_path: Path) -> None:
        """Nothing else is ours, nor an error."""
        token = simple_token(SECRET, SENDER)
        cases = [
            (token, "other@example.com", SECRET),
            (token, SENDER, OTHER_SECRET),
            (token.upper(), SENDER, SECRET),
            (token[:-1], SENDER, SECRET),
            ("", SENDER, SECRET),
            ("\u00e4", SENDER, SECRET),
        ]

        found = run(language, "simple_token_is_ours", tmp_path, cases)

        assert found == [False] * len(cases)


class TestJwt:
    @both
    def test_is_recognized(self, language: str, tmp_path: Path) -> None:
        """Ours is, also by a clock that is a little slow or fast."""
        tokens = [ours(), ours(seconds=5), ours(seconds=-65), signed()]
        cases = [(token, SENDER, SECRET) for token in tokens]

        found = run(language, "jwt_is_ours", tmp_path, cases)

        assert found == [True] * len(cases)

    @both
    def test_is_not_mistaken(self, language: str, tmp_path: Path) -> None:
        """
        Nothing else is ours, nor an error: not of another sender, key, time,
        issuer or algorithm, not with a claim missing or changed.
        """
        head, body, signature = ours().split(".")
        _, other_body, _ = signed({"sub": "other@example.com"}).split(".")
        tokens = [
            signed({"sub": "other@example.com"}),
            signed({"iss": "somebody"}),
            signed(key=jwt_key(OTHER_SECRET)),
            signed(key=KEY * 2, algorithm="HS384"),
            handmade("none", key=KEY),
            handmade("none", key=KEY).rpartition(".")[0] + ".",
            ours(seconds=-90),
            ours(seconds=60),
            *(signed({name: None}) for name in ("sub", "iss", "nbf", "exp")),
            f"{head}.{body}.",
            f"{head}.{body}",
            f"{head}.{other_body}.{signature}",
            f"{head}.{body}.{signature[:-4]}",
            *("", ".", "..", "...", "\u00e4.\u00e4.\u00e4"),
        ]
        cases = [(token, SENDER, SECRET) for token in tokens]
        cases.append((ours(), "other@example.com", SECRET))

        found = run(language, "jwt_is_ours", tmp_path, cases)

        assert found == [False] * len(cases)

    def test_is_never_one_that_anybody_can_sign(self, tmp_path: Path) -> None:
        """In PHP a secret that cannot be decoded is easily an empty key."""
        forged = handmade("HS256", key=b"")
        cases = [(forged, SENDER, secret) for secret in ("", "!", "eA==")]

        assert run("php", "jwt_is_ours", tmp_path, cases) == [False] * 3
