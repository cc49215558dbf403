"""What does not leave the host."""

from __future__ import annotations

import json
import re

from typing import Any

import pytest

from hypothesis import example, given
from hypothesis import strategies as st

from rateguard.adapters.sentry.scrubber import LONGEST, MARK, Scrubber
from rateguard.domain.submission import Submission
from tests.unit.sentry.texts import HARMLESS, SECRET


SCRUBBER = Scrubber()

locals_ = st.from_regex(r"[\w.!#$&'*/=?^`{|}~+-]{1,20}", fullmatch=True)
domains = st.from_regex(r"[\w-]{1,12}(\.[\w-]{1,8}){0,2}", fullmatch=True)
addresses = st.builds(lambda local, domain: f"{local}@{domain}", locals_, domains)
texts = st.one_of(
    st.text(max_size=30),
    addresses,
    st.builds("{}{}{}".format, st.text(max_size=9), addresses, st.text(max_size=9)),
)
trees = st.recursive(
    st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats()),
    lambda below: st.one_of(
        st.lists(below, max_size=4), st.dictionaries(texts, below, max_size=4)
    ),
    max_leaves=12,
)


def strings(value: Any) -> list[str]:
    """Return every string in a tree, keys too."""
    match value:
        case str():
            return [value]
        case dict():
            return [*map(str, value), *strings(list(value.values()))]
        case list():
            return [found for each in value for found in strings(each)]
    return []


class TestText:
    @pytest.mark.parametrize("text", SECRET)
    def test_loses_what_tells_who_it_was(self, text: str) -> None:
        """An address in any notation, a token, what a field or a driver quotes."""
        scrubbed = SCRUBBER.text(text)

        assert "alice" not in scrubbed
        assert "smith" not in scrubbed
        assert "brien" not in scrubbed
        assert MARK in scrubbed

    @pytest.mark.parametrize("text", HARMLESS)
    def test_keeps_the_rest(self, text: str) -> None:
        """A report in which nothing is left helps nobody."""
        assert text == SCRUBBER.text(text)

    @given(st.text(), locals_, domains, st.text())
    def test_has_no_address_wherever_it_stood(
        self, before: str, local: str, domain: str, after: str
    ) -> None:
        """Whatever stands around it."""
        scrubbed = SCRUBBER.text(f"{before}{local}@{domain}{after}")

        assert f"{local}@" not in scrubbed
        assert not re.search(r"\w@\w", scrubbed)

    @given(st.text(min_size=1), st.text(min_size=1), st.text())
    @example("a, recipients=1) b", "alice", "x")
    @example("alice')", "'", '"')
    def test_has_nothing_of_a_submission(
        self, login: str, sender: str, helo: str
    ) -> None:
        """Whatever its values hold: not the brackets decide where it ends."""
        submission = Submission(sender=sender, login=login, helo=helo)

        expected = f"cannot judge Submission({MARK}"
        assert expected == SCRUBBER.text(f"cannot judge {submission!r}")

    def test_is_cut_after_it_was_scrubbed(self) -> None:
        """Half an address is none any more, but it still tells who it was."""
        text = "x" * 10 + " " + "y " * (LONGEST // 2 - 8) + "alice@example.org"

        scrubbed = SCRUBBER.text(text)

        assert len(scrubbed) <= LONGEST
        assert "alice" not in scrubbed

    @pytest.mark.timeout(10)
    @pytest.mark.parametrize(
        "text", ["a", '"', "@", "%40", "a.", "=", "(", "Aa(", "://"]
    )
    def test_takes_no_longer_than_reading_it(self, text: str) -> None:
        """A long text must not occupy the processor that mail is judged on."""
        SCRUBBER.text(text * 50_000)

    def test_has_none_of_the_secrets_it_was_told(self) -> None:
        """One that is part of another does not save the other's rest."""
        scrubber = Scrubber(["pass", None, "", "passphrase.*"])

        expected = f"{MARK} {MARK} phrase"
        assert expected == scrubber.text("passphrase.* pass phrase")
        assert expected == scrubber.source("passphrase.* pass phrase")


class TestSource:
    def test_stays_source(self) -> None:
        """It was written by us, but for addresses and secrets."""
        line = "@attrs.frozen(eq=False)  # password=x, sender: alice@example.org"

        expected = f"@attrs.frozen(eq=False)  # password=x, sender: {MARK}"
        assert expected == SCRUBBER.source(line)


class TestAnything:
    @given(trees)
    def test_has_no_address_at_any_depth(self, tree: Any) -> None:
        """In values and in keys."""
        scrubbed = SCRUBBER.anything({"extra": tree})

        assert not [each for each in strings(scrubbed) if re.search(r"\w@\w", each)]

    @given(trees)
    def test_can_be_sent_as_json(self, tree: Any) -> None:
        """Whatever it was made of."""
        json.dumps(SCRUBBER.anything(tree))

    @given(
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.just("plain text")),
            lambda below: st.one_of(
                st.lists(below), st.dictionaries(st.sampled_from("abc"), below)
            ),
        )
    )
    def test_keeps_its_shape(self, tree: Any) -> None:
        """What is harmless comes out as it went in."""
        assert tree == SCRUBBER.anything(tree)

    def test_takes_other_values_as_text(self) -> None:
        """They are not passed by."""
        submission = Submission(sender="alice")

        expected = [f"Submission({MARK}", "b'\\x00'", [f"sender={MARK}"]]
        assert expected == SCRUBBER.anything([submission, b"\0", ("sender=alice",)])
