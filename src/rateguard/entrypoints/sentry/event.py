"""
What Sentry is told of a report.
"""

from __future__ import annotations

import logging
import platform
import re

from typing import Any

from rateguard.entrypoints.sentry.reports import Report


TEST = "test"
"""The origin of a report of nothing."""

_TEST_TEXT = "RateGuard sent this to see that its reports arrive."
_OUTLINE = re.compile(r"""[^(<\[{'"`=:\n]*""")


def described(report: Report) -> dict[str, Any]:
    """
    Return the event of a report, without its exception; not scrubbed yet.
    """
    version = platform.python_version()
    event: dict[str, Any] = {
        "level": "error",
        "contexts": {"runtime": {"name": "Python", "version": version}},
        "extra": {"held_back": report.held_back},
    }
    if report.origin == TEST:
        text = {"message": _TEST_TEXT, "formatted": _TEST_TEXT}
        event |= {"level": "info", "logentry": text}
    if report.record is not None:
        event |= _logged(report.record)
        if report.error is None:
            # Sentry groups by the template, and that of many is but "%s".
            event["fingerprint"] = [
                report.record.name,
                report.record.funcName,
                event["logentry"]["message"],
            ]
    return event


def _logged(record: logging.LogRecord) -> dict[str, Any]:
    template = str(record.msg)
    try:
        said = record.getMessage()
    except Exception:  # noqa: BLE001 - the arguments do not fit the template
        said = template
    if record.name.partition(".")[0] != "rateguard":
        # asyncio's lines show the arguments of callbacks: what somebody sent.
        found = _OUTLINE.match(template)
        template = said = found[0].strip() if found else ""
    return {
        "level": "fatal" if record.levelno >= logging.CRITICAL else "error",
        "logger": record.name,
        "logentry": {"message": template, "formatted": said},
    }
