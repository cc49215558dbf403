"""
An examination, told to people and to programs.
"""

from __future__ import annotations

import json

from collections.abc import Iterator

from rateguard.entrypoints.doctor.findings import Examination, Level


def as_lines(examination: Examination, *, quiet: bool = False) -> Iterator[str]:
    """
    Yield the lines for a terminal; *quiet* leaves out what asks for nothing.
    """
    for _, found in examination.findings:
        yield f"{found.level}: {_plain(found.problem)}"
        yield f"  fix: {_plain(found.fix)}"
    if quiet:
        return
    reasons: dict[str, list[str]] = {}
    for name, reason in examination.unseen:
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        yield f"not looked at: {', '.join(names)}: {_plain(reason)}"
    yield _summary(examination)


def _summary(examination: Examination) -> str:
    counts = {
        level: sum(found.level is level for _, found in examination.findings)
        for level in Level
    }
    told = [
        f"{count} {level}{'s' if count > 1 else ''}"
        for level, count in counts.items()
        if count
    ]
    if not examination.unseen:
        return f"{', '.join(told) or 'all well'} ({examination.checks} checks)"
    looked = f"{examination.checks - len(examination.unseen)} of {examination.checks}"
    return f"{', '.join(told) or 'nothing wrong in what was seen'} ({looked} checks)"


def _plain(text: str) -> str:
    """
    Return a text without what could move the cursor.
    """
    return "".join(char if char.isprintable() else " " for char in text)


def as_json(examination: Examination) -> str:
    """
    Return a JSON document, in ASCII: whatever is in it tells a terminal nothing.
    """
    document = {
        "well": not examination.findings,
        "checks": examination.checks,
        "findings": [
            {
                "level": found.level,
                "check": name,
                "problem": found.problem,
                "fix": found.fix,
            }
            for name, found in examination.findings
        ],
        "not_looked_at": [
            {"check": name, "reason": reason} for name, reason in examination.unseen
        ],
    }
    return json.dumps(document, indent=2)
