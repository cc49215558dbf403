"""What checks find, how they are run, and how it is told."""

from __future__ import annotations

import enum
import functools
import json

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs

from rateguard.domain.errors import RateGuardError
from rateguard.domain.escaping import escaped


AS_ROOT = "run it as root"


class Level(enum.StrEnum):
    """How bad it is, the worst first."""

    FAULT = "fault"
    WARNING = "warning"
    NOTE = "note"


@attrs.frozen
class Finding:
    """What is wrong, and its fix: one line each."""

    level: Level
    problem: str
    fix: str


fault = functools.partial(Finding, Level.FAULT)
"""What keeps senders from being counted, mail from flowing, or alerts from arriving."""

warning = functools.partial(Finding, Level.WARNING)
"""What will hurt on another day."""

note = functools.partial(Finding, Level.NOTE)
"""What does no harm, and is not wanted."""


@attrs.frozen
class Examination:
    """
    What all checks found.

    Attributes:
        checks: How many there are.
        findings: With the name of the check, the worst first.
        unseen: Names of checks that could not look, and why.
    """

    checks: int
    findings: Sequence[tuple[str, Finding]]
    unseen: Sequence[tuple[str, str]] = ()

    def count(self, level: Level) -> int:
        return sum(found.level is level for _, found in self.findings)


def examine(checks: Mapping[str, Callable[[], Iterable[Finding]]]) -> Examination:
    """Run every check. One that fails hides nothing of the others."""
    findings: list[tuple[str, Finding]] = []
    unseen: list[tuple[str, str]] = []
    for name, look in checks.items():
        try:
            findings += [(name, each) for each in look()]
        except PermissionError as error:
            unseen.append((name, f"{error.filename}: not allowed; {AS_ROOT}"))
        except (RateGuardError, OSError) as error:
            unseen.append((name, " ".join(str(error).split())))
        except Exception as error:  # noqa: BLE001 - a bug of ours
            unseen.append((name, f"a bug of RateGuard: {error!r}"))
    order = list(Level)
    findings.sort(key=lambda each: order.index(each[1].level))
    return Examination(len(checks), findings, unseen)


def as_lines(examination: Examination, *, quiet: bool = False) -> Iterator[str]:
    """Yield the lines for a terminal; *quiet* leaves out what asks for nothing."""
    for _, found in examination.findings:
        yield f"{found.level}: {escaped(found.problem)}"
        yield f"  fix: {escaped(found.fix)}"
    if quiet:
        return
    reasons: dict[str, list[str]] = {}
    for name, reason in examination.unseen:
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        yield f"not looked at: {', '.join(names)}: {escaped(reason)}"
    yield _summary(examination)


def _summary(examination: Examination) -> str:
    counts = ((level, examination.count(level)) for level in Level)
    told = ", ".join(f"{n} {level}{'s' if n > 1 else ''}" for level, n in counts if n)
    checks, unseen = examination.checks, len(examination.unseen)
    if not unseen:
        return f"{told or 'all well'} ({checks} checks)"
    looked = f"{checks - unseen} of {checks} checks"
    return f"{told or 'nothing wrong in what was seen'} ({looked})"


def as_json(examination: Examination) -> str:
    """Return a JSON document, in ASCII: whatever is in it tells a terminal nothing."""
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
