"""Keeps mail addresses, request data and secrets out of what leaves the host."""

from __future__ import annotations

import builtins
import re

from collections.abc import Iterable, Mapping
from typing import Any


MARK = "[removed]"
"""Stands where something was taken out."""

LONGEST = 4000
"""Characters of a text that are sent."""

_AT = r"(?:[@\uFF20\uFE6B]|%40|\\x40|\\u0040)"
_LOCAL = r"""[^\s"<>(),;:\[\]@\uFF20\uFE6B]"""
_BEGIN = r"""(?<![^\s"<>(),;:\[\]])"""
# A word is begun once only, and never given back: as long as it takes to read.
_MAIL = re.compile(
    rf"(?:\"[^\"\n]*\"{_AT}|{_BEGIN}{_AT}*+(?:(?!{_AT}){_LOCAL})++{_AT})"
    r"[^\s\"<>(),;]*",
    re.IGNORECASE,
)

_URL = re.compile(r"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*+://)[^\s\"<>]*", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w+-])[\w+-]{40,}+[\w+.=-]*|(?<!\w)eyJ[\w-]+\.[\w.-]*")

# What follows was given by strangers, or is a secret, and nobody can tell where
# it ends: a login may contain whatever ends a field.
_FIELD = re.compile(
    r"""
    \b(?:
        (?-i:[A-Z])\w*\((?!\))                 # Submission(sender=…, KeyError(…
      | exception\ in\ callback\ [\w.<>]*\(    # and what it was called with
      | (?:sasl_\w+ | password | passwd | secret | token | login | bearer
           | authorization | api_?key | dsn | sender)\s*[=:]
      | bearer\s
      | (?:client\w* | helo\w* | user\w* | from\w* | to\w* | cc | bcc | recipient\w*
           | queue_id | instance | subject | msgid)=
      | (?:entry | value:? | near)\s(?=['"])    # as MySQL quotes what it refuses
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED = re.compile(r"""['"`].*['"`]""", re.DOTALL)

_AS_IT_IS = frozenset({"event_id", "level", "platform", "release", "sdk", "timestamp"})
_NEVER = frozenset(
    {"_meta", "breadcrumbs", "modules", "params", "request", "trace", "user", "vars"}
)
_OURS = frozenset(
    {"abs_path", "context_line", "environment", "filename", "function", "module",
     "post_context", "pre_context", "server_name", "tags"}
)  # fmt: skip
"""Written by the authors of the code or by the operator."""

_OUTLINE = re.compile(r"""[^(<\[{'"`=:\n]*""")
_SAYS_ONLY_NAMES = (AttributeError, ImportError, NameError, OSError, TypeError)


class Scrubber:
    """
    Takes out what looks like a mail address, a token or an address of the web,
    the secrets it was told, and everything behind the beginning of a field
    that a stranger may have filled in. Rather too much than too little.
    """

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        # The longest first: one may be part of another.
        known = sorted({each for each in secrets if each}, key=len, reverse=True)
        # Of none: a pattern that is found nowhere.
        self._secrets = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def text(self, text: str) -> str:
        """Return what may be sent of a text with values in it."""
        kept = _URL.sub(rf"\1{MARK}", self._secrets.sub(MARK, text))
        if field := _FIELD.search(kept):
            kept = kept[: field.end()] + MARK
        return _MAIL.sub(MARK, _TOKEN.sub(MARK, kept))[:LONGEST]

    def source(self, text: str) -> str:
        """
        Return what may be sent of a line of source, a path, a name: only mail
        addresses and secrets are taken out.
        """
        return _MAIL.sub(MARK, self._secrets.sub(MARK, text))[:LONGEST]

    def before_send(self, event: Any, hint: dict[str, Any]) -> Any:  # noqa: ANN401
        """Return what Sentry's library may send of an event that it has made."""
        record = hint.get("log_record")
        if record is not None:
            if record.name.partition(".")[0] != "rateguard":
                # asyncio's lines show the arguments of callbacks: what somebody sent.
                said = _OUTLINE.match(str(record.msg))
                outline = said[0].strip() if said else ""
                event["logentry"] = {"message": outline, "formatted": outline}
            if "exception" not in event:
                # Sentry groups by the template, and that of many is but "%s".
                template = event["logentry"]["message"]
                event["fingerprint"] = [record.name, record.funcName, template]
        return self.event(event)

    def event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """
        Return what may be sent of an event for Sentry, with the keys of
        https://develop.sentry.dev/sdk/data-model/event-payloads/.
        """
        kept = {
            key: value if key in _AS_IT_IS else self.anything(value, key)
            for key, value in event.items()
            if key not in _NEVER
        }
        for raised in (kept.get("exception") or {}).get("values") or ():
            if raised.get("value") and not _says_only_names(raised):
                raised["value"] = _QUOTED.sub(MARK, raised["value"])
        return kept

    def anything(self, value: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON
        """
        Return what may be sent of a value that is called *key*, and of all
        within it; of what JSON cannot hold, its ``repr``.
        """
        match value:
            case None | bool() | int() | float():
                return value
            case Mapping():
                ours = key in _OURS
                return {
                    self._name(name): self.anything(each, key if ours else name)
                    for name, each in ((str(k), v) for k, v in value.items())
                    if name not in _NEVER
                }
            case list() | tuple() | set() | frozenset():
                return [self.anything(each, key) for each in value]
        text = value if isinstance(value, str) else repr(value)
        return self.source(text) if key in _OURS else self.text(text)

    def _name(self, name: str) -> str:
        # A short password must not tear the names of Sentry's own fields.
        return name if name.isidentifier() else self.text(name)


def _says_only_names(raised: Mapping[str, Any]) -> bool:
    """
    Whether an exception's text is made by us or names only code and files.
    Any other may quote a value: a KeyError does, and so do the drivers.
    """
    module = str(raised.get("module") or "")
    if module.partition(".")[0] == "rateguard":
        return True
    kind = getattr(builtins, str(raised.get("type")), None)
    named = isinstance(kind, type) and issubclass(kind, _SAYS_ONLY_NAMES)
    return named and module in {"", "builtins"}
