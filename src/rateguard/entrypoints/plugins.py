"""
Notifiers that somebody else wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from importlib import metadata

from rateguard.domain.ports import Notifier
from rateguard.entrypoints.environment import SettingsError


GROUP = "rateguard.notifiers"
"""
The group of entry points. Each names a callable that is given all variables,
of the environment and the settings file, and returns a ``Notifier``, or None
when its own settings say that it is not wanted.
"""

MAX_NAME_LENGTH = 64


def plugged_in(
    environment: Mapping[str, str], *, taken: Collection[str]
) -> list[Notifier]:
    """
    Return the notifiers of other packages that are wanted.

    Raises:
        SettingsError: one of them cannot be made; its text says which.
    """
    found: list[Notifier] = []
    for point in sorted(metadata.entry_points(group=GROUP)):
        try:
            notifier = point.load()(environment)
        except Exception as error:
            raise SettingsError([f"notifier {point.name}: {error!r}"]) from error
        if notifier is not None:
            names = {*taken, *(each.name for each in found)}
            problems = list(_problems(point.name, notifier, names))
            if problems:
                raise SettingsError(problems)
            found.append(notifier)
    return found


def _problems(point: str, notifier: Notifier, taken: Collection[str]) -> Iterator[str]:
    name = getattr(notifier, "name", None)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_LENGTH:
        yield f"notifier {point}: its name has to be text of up to 64 characters"
    elif name in taken:
        yield f"notifier {point}: another notifier has the name {name}"
    if not callable(getattr(notifier, "deliver", None)):
        yield f"notifier {point}: it has no deliver()"
