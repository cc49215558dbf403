"""What the role writes into main.cf and into rateguard.env."""

from __future__ import annotations

import re

from itertools import pairwise


_WORD = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}|[^\s,{}]+")
_PLAIN = re.compile(r"[\w@%+:,./{}-]*", re.ASCII)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"rateguard_checked": checked, "rateguard_value": value}


def checked(restrictions: str, service: str, timeout: str) -> str:
    """
    Return a list of restrictions that asks *service*, all else as it was.

    A check of this service is renewed where it stands. A new one comes before
    the first permit, behind which it would never be asked, else last.
    """
    check = f"{{ {service}, timeout={timeout}, default_action=DUNNO }}"
    words = list(_WORD.finditer(restrictions))
    for before, word in pairwise(words):
        asked = word[0].strip("{}").replace(",", " ").split()[:1]
        if before[0] == "check_policy_service" and asked == [service]:
            return restrictions[: word.start()] + check + restrictions[word.end() :]
    check = f"check_policy_service {check}"
    for word in words:
        if word[0].startswith("permit"):
            at = word.start()
            return f"{restrictions[:at]}{check}, {restrictions[at:]}"
    return ", ".join(filter(None, [restrictions.strip().rstrip(","), check]))


def value(given: object) -> str:
    """
    Return a setting's value as a line of rateguard.env has it.

    Raises:
        ValueError: It has more than one line.
    """
    if isinstance(given, bool):
        return str(given).lower()
    text = "" if given is None else str(given)
    if len(text.splitlines()) > 1 or text != text.rstrip("\r\n"):
        raise ValueError("a setting is one line")
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
