"""
What is wrong with settings that are right one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from rateguard.entrypoints.settings import Settings
from rateguard.entrypoints.settings.values import boolean


_NEEDED = {
    "WEBHOOK_ENABLED": ("WEBHOOK_URL", "WEBHOOK_SECRET"),
    "MAIL_ENABLED": ("MAIL_FROM",),
}


def contradictions(settings: Settings) -> Iterator[str]:
    """
    Yield which values do not go together.
    """
    lanes, cached = settings.db_lanes, settings.db_pool_maxcached
    if not isinstance(lanes, int) or not isinstance(cached, int):
        return
    if settings.db_driver == "sqlite3" and lanes > 1:
        yield f"DB_LANES: expected 1, since SQLite has one writer, got '{lanes}'"
    elif 0 < cached < lanes:
        yield (
            f"DB_POOL_MAXCACHED: expected 0 or at least DB_LANES ({lanes}),"
            f" got '{cached}'"
        )


def incomplete_notifiers(texts: Mapping[str, str]) -> Iterator[str]:
    """
    Yield what those who are to be told of crossings lack.
    """
    for switch, needed in _NEEDED.items():
        for name in needed:
            if _on(texts[switch]) and not texts[name]:
                yield f"{name}: expected a value, since {switch} is true, got none"
    if _on(texts["MAIL_ENABLED"]):
        yield from _incomplete_mail(texts)
    secret = texts["WEBHOOK_SECRET"]
    if secret and _on(texts["WEBHOOK_ENABLED"]) and _on(texts["WEBHOOK_USE_JWT"]):
        # The library costs more time than reading all settings.
        from rateguard.adapters.notify.webhook.token import jwt_key  # noqa: PLC0415

        try:
            jwt_key(secret)
        except ValueError as error:
            yield f"WEBHOOK_SECRET: {error}"


def _incomplete_mail(texts: Mapping[str, str]) -> Iterator[str]:
    if not texts["MAIL_TO"] and not _on(texts["MAIL_TO_SENDER"]):
        yield "MAIL_TO: expected an address, since MAIL_ENABLED is true, got none"
    for name, other in permutations(("MAIL_USER", "MAIL_PASSWORD")):
        if texts[other] and not texts[name]:
            yield f"{name}: expected a value, since {other} is set, got none"


def _on(text: str) -> bool:
    try:
        return boolean(text)
    except ValueError:
        return False
