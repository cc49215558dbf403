"""Whatever may happen to a store."""

from __future__ import annotations

import datetime as dt

from typing import Any

from hypothesis import strategies as st

from rateguard.domain.counter import COUNTER_MAX
from rateguard.domain.orders import (
    LOCK_QUOTA,
    RELEASE,
    SUSPEND,
    UNLOCK_QUOTA,
    RaiseBy,
    RaiseQuota,
    ResetNow,
    SetQuota,
    TakeOver,
)
from rateguard.domain.quota import QuotaPolicy, Raise
from rateguard.domain.reports import PAGED_BY_SENDER, SenderQuery, SenderSort
from rateguard.domain.submission import Submission, sender_key
from tests.integration.contracts.acts import LOOKALIKES
from tests.integration.contracts.rig import NOON


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)

# Few names and few transactions, so that they meet again.
SENDERS = st.sampled_from([*map(sender_key, LOOKALIKES[:6]), "a\x00b", "\U0001f600"])
TRANSACTIONS = st.sampled_from(["", "t1", "t2", "t3", "T1"])
RECIPIENTS = st.one_of(st.integers(1, 9), st.just(COUNTER_MAX))
SUBMISSIONS = st.builds(
    Submission,
    sender=SENDERS,
    recipients=RECIPIENTS,
    transaction=TRANSACTIONS,
    queue_id=TEXTS,
    from_address=TEXTS,
    to_address=TEXTS,
    client_name=TEXTS,
)
BATCHES = st.lists(SUBMISSIONS, max_size=6)

QUOTAS = st.one_of(st.integers(0, 12), st.just(COUNTER_MAX))
RAISES = st.builds(
    Raise,
    QUOTAS,
    st.none() | st.integers(-2, 72).map(lambda hours: NOON + dt.timedelta(hours=hours)),
)
POLICIES = st.builds(
    QuotaPolicy, QUOTAS, QUOTAS, st.booleans(), st.booleans(), st.none() | RAISES
)

ORDERS = st.one_of(
    st.builds(SetQuota, QUOTAS),
    st.builds(RaiseQuota, QUOTAS, RAISES.map(lambda raised: raised.until)),
    st.builds(RaiseBy, st.integers(1, 12)),
    st.sampled_from([LOCK_QUOTA, UNLOCK_QUOTA, SUSPEND, RELEASE, ResetNow()]),
    st.builds(TakeOver, st.none() | QUOTAS, st.integers(0, 9), st.integers(0, 9)),
)


def _query(sort: SenderSort, after: str, **wanted: Any) -> SenderQuery:
    after = after if sort in PAGED_BY_SENDER else ""
    return SenderQuery(sort=sort, after=after, **wanted)


_ANY = st.sampled_from([None, True, False])
QUERIES = st.builds(
    _query,
    containing=st.sampled_from(["", "example", "jorg", "%"]),
    beginning=st.sampled_from(["", "jo", "jorg@example.com", "%"]),
    domain=st.sampled_from(["", "example.com", "ample.com"]),
    quota=st.sampled_from([None, None, 0, 12]),
    over_quota=_ANY,
    suspended=_ANY,
    locked=_ANY,
    raised=_ANY,
    # When a counter changed is not kept in memory.
    sort=st.sampled_from([each for each in SenderSort if each.value != "changed"]),
    after=st.just("") | SENDERS,
    offset=st.integers(0, 2),
    limit=st.integers(1, 9),
)
