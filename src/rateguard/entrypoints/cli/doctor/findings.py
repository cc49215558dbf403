"""What a check finds, and how checks are run."""

from __future__ import annotations

import enum
import json

from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs

from rateguard.domain.errors import RateGuardError
from rateguard.domain.escaping import escaped


AS_ROOT = "run it as root"


class Level(enum.StrEnum):
    """How bad it is."""

    FAULT = "fault"
    WARNING = "warning"
    NOTE = "note"


@attrs.frozen
class Finding:
    """What is wrong, and its fix: one line each."""

    level: Level
    problem: str
    fix: str


def fault(problem: str, fix: str) -> Finding:
    """Return what keeps senders from being counted or mail from flowing."""
    return Finding(Level.FAULT, problem, fix)


def warning(problem: str, fix: str) -> Finding:
    """Return what will hurt on another day."""
    return Finding(Level.WARNING, problem, fix)


def note(problem: str, fix: str) -> Finding:
    """Return what does no harm, and is not wanted."""
    return Finding(Level.NOTE, problem, fix)


Look = Callable[[], Iterable[Finding]]


@attrs.frozen
class Check:
    """One thing to look at."""

    name: str
    look: Look


@attrs.frozen
class Examination:
    """
    What all checks found.

    Attributes:
        findings: With the name of the check, the worst first.

        unseen: Names of checks that could not look, and why.
    """

    checks: int
    findings: Sequence[tuple[str, Finding]]
    unseen: Sequence[tuple[str, str]]

    @property
    def faulty(self) -> bool:
        """Whether something has to be done."""
        return any(found.level is Level.FAULT for _, found in self.findings)


def examine(checks: Sequence[Check]) -> Examination:
    """Run every check. One that fails hides nothing of the others."""
    findings: list[tuple[str, Finding]] = []
    unseen: list[tuple[str, str]] = []
    for check in checks:
        try:
            findings += [(check.name, each) for each in check.look()]
        except PermissionError as error:
            unseen.append((check.name, f"{error.filename}: not allowed; {AS_ROOT}"))
        except (RateGuardError, OSError) as error:
            unseen.append((check.name, _one_line(error)))
        except Exception as error:  # noqa: BLE001 - a bug of ours
            unseen.append((check.name, f"a bug of RateGuard: {error!r}"))
    order = list(Level)
    findings.sort(key=lambda each: order.index(each[1].level))
    return Examination(len(checks), findings, unseen)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


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
