"""When a sender comes near the quota."""

from __future__ import annotations

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.domain.counter import SenderCounter
from rateguard.domain.decision import Charge, Judgement, Verdict, judge
from rateguard.domain.events import QuotaReached, QuotaWarning
from rateguard.domain.quota import QuotaPolicy
from rateguard.domain.submission import Submission
from tests.unit.domain.strategies import messages
from tests.unit.doubles import NOON


ANNA = "anna@example.com"

percents = st.integers(1, 100)
quotas = st.integers(0, 60)
recipient_lists = st.lists(st.integers(1, 9), max_size=40)


def newcomer(quota: int) -> SenderCounter:
    return SenderCounter(ANNA, QuotaPolicy.of(quota))


def judged(
    counter: SenderCounter, *recipients: int, warn_at: int = 80
) -> list[Judgement]:
    """Judge one message after the other."""
    judgements = []
    for message in messages(*recipients):
        judgements.append(judge(counter, message, at=NOON, warn_at=warn_at))
        counter = judgements[-1].counter
    return judgements


def kinds(judgements: list[Judgement]) -> list[list[str]]:
    """Return the kinds of the events of each."""
    return [[event.kind for event in each.events] for each in judgements]


def used_percent(counter: SenderCounter) -> float:
    return max(counter.messages, counter.recipients) * 100 / counter.policy.quota


class TestWarning:
    def test_comes_at_the_share_and_not_one_recipient_before(self) -> None:
        """80 % of 1000 is 800."""
        assert [[], ["quota_warning"]] == kinds(judged(newcomer(1000), 799, 1))

    @given(quotas, recipient_lists, percents)
    def test_is_of_the_first_accepted_message_that_reaches_the_share(
        self, quota: int, recipients: list[int], percent: int
    ) -> None:
        """
        For any sequence in one period, with a quota that stays: one warning if
        any accepted message is at the share or above, and none otherwise.
        """
        judgements = judged(newcomer(quota), *recipients, warn_at=percent)

        at_the_share = [
            number
            for number, each in enumerate(judgements)
            if each.decision.verdict is Verdict.ACCEPT
            and used_percent(each.counter) >= percent
        ]
        warnings = [
            number
            for number, each in enumerate(judgements)
            if any(isinstance(event, QuotaWarning) for event in each.events)
        ]
        assert at_the_share[:1] == warnings

    @given(quotas, recipient_lists, percents)
    def test_never_comes_with_a_crossing_or_after_it(
        self, quota: int, recipients: list[int], percent: int
    ) -> None:
        """
        Who crosses both lines at once is told of the quota only, and nobody
        is warned of what has happened.
        """
        told = kinds(judged(newcomer(quota), *recipients, warn_at=percent))

        events = [kind for each in told for kind in each]
        every = ["quota_warning", "quota_reached"]
        assert events in ([], every[:1], every[1:], every)
        assert max(map(len, told), default=0) <= 1

    @pytest.mark.parametrize(
        ("recipients", "expected"),
        [
            ((7, 1), [[], ["quota_warning"]]),
            ((8,), [["quota_warning"]]),
            ((10,), [["quota_warning"]]),
            ((7, 3, 1), [[], ["quota_warning"], ["quota_reached"]]),
            ((7, 4), [[], ["quota_reached"]]),
            ((11, 1), [["quota_reached"], []]),
            ((7,), [[]]),
        ],
    )
    def test_at_eighty_percent_of_ten(
        self, recipients: tuple[int, ...], expected: list[list[str]]
    ) -> None:
        """The share is reached with 8 recipients, whatever comes with them."""
        assert expected == kinds(judged(newcomer(10), *recipients))

    def test_counts_messages_as_well_as_recipients(self) -> None:
        """Whichever is nearer to the quota."""
        counter = attrs.evolve(newcomer(10), messages=7, recipients=2)

        assert kinds(judged(counter, 1)) == [["quota_warning"]]

    @given(recipient_lists)
    def test_of_a_quota_of_zero_is_none(self, recipients: list[int]) -> None:
        """Nothing is used of nothing."""
        told = kinds(judged(newcomer(0), *recipients, warn_at=1))

        expected = [["quota_reached"], *[[]] * len(told)]
        assert expected[: len(told)] == told

    @given(quotas, recipient_lists)
    def test_is_off_unless_it_is_wanted(
        self, quota: int, recipients: list[int]
    ) -> None:
        """0 percent never warns."""
        told = kinds(judged(newcomer(quota), *recipients, warn_at=0))

        assert ["quota_warning"] not in told

    @given(st.integers(1, 60), st.data())
    def test_changes_no_decision(self, quota: int, data: st.DataObject) -> None:
        """Who is warned is told and charged what others are."""
        recipients = data.draw(recipient_lists)
        percent = data.draw(percents)

        warned = judged(newcomer(quota), *recipients, warn_at=percent)

        plain = judged(newcomer(quota), *recipients, warn_at=0)
        assert [(each.counter, each.decision) for each in plain] == [
            (each.counter, each.decision) for each in warned
        ]

    def test_tells_which_message_and_what_was_used(self) -> None:
        """The event has the submission, the counter with it, and the time."""
        (judgement,) = judged(newcomer(10), 8)

        (message,) = messages(8)
        charged = newcomer(10).charge(messages=1, recipients=8)
        assert (QuotaWarning(message, charged, NOON),) == judgement.events

    def test_comes_with_the_recipients_that_a_message_grew(self) -> None:
        """
        A message that is asked about again with more recipients may be the
        one; asked again as it was, it is not.
        """
        (first,) = judged(newcomer(10), 5)
        grown = Submission(ANNA, 8, transaction="t0")
        five, eight = Charge(5, Verdict.ACCEPT), Charge(8, Verdict.ACCEPT)

        again = judge(first.counter, grown, at=NOON, earlier=five, warn_at=80)
        repeated = judge(again.counter, grown, at=NOON, earlier=eight, warn_at=80)

        assert kinds([first, again, repeated]) == [[], ["quota_warning"], []]

    def test_comes_again_in_the_next_period(self) -> None:
        """One for each period."""
        (first,) = judged(newcomer(10), 9)

        assert kinds(judged(first.counter.reset(), 9)) == [["quota_warning"]]

    def test_of_a_hundred_percent_is_of_the_last_that_is_admitted(self) -> None:
        """All of the quota is used and none of it overdrawn."""
        told = judged(newcomer(3), 1, 1, 1, 1, warn_at=100)

        assert kinds(told) == [[], [], ["quota_warning"], ["quota_reached"]]
        assert isinstance(told[3].events[0], QuotaReached)
