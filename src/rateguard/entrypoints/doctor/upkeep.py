"""
The daily cleanup.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterator

from rateguard.entrypoints.doctor.findings import Finding, fault
from rateguard.entrypoints.doctor.patient import Patient


TIMER = "rateguard-cleanup.timer"
OVERDUE = dt.timedelta(hours=25)
_ENABLE = f"systemctl enable --now {TIMER}"


def timer(patient: Patient) -> Iterator[Finding]:
    """
    The timer, where it is installed, is enabled and runs.
    """
    systemd = patient.systemd
    if not systemd.has(TIMER):
        return
    if not systemd.starts_at_boot(TIMER):
        yield fault(f"{TIMER} does not start with the machine", _ENABLE)
    elif not systemd.is_active(TIMER):
        yield fault(f"{TIMER} does not run", _ENABLE)


def period(patient: Patient) -> Iterator[Finding]:
    """
    A new period began in the last day.
    """
    seen = patient.seen()
    now = patient.container.clock().now()
    since = seen.reset_at or seen.first_sender_at
    if since is None or now - since <= OVERDUE:
        return
    when = f"{since.astimezone():%Y-%m-%d %H:%M %z}"
    problem = (
        f"cleanup ran last at {when}"
        if seen.reset_at
        else f"cleanup never ran; counting since {when}"
    )
    yield fault(f"{problem}: who used up his quota stays blocked", _remedy(patient))


def _remedy(patient: Patient) -> str:
    if patient.systemd.has(TIMER):
        return f"{_ENABLE}; journalctl -u rateguard-cleanup says why it failed"
    command = patient.command("cleanup")
    user = "root" if patient.account is None else patient.account.name
    daily = f"10 0 * * * {user} {command}"
    return f"{command}; and daily, in /etc/cron.d/rateguard: {daily}"
