"""
The settings: sound, and their secrets kept.
"""

from __future__ import annotations

import stat

from collections.abc import Iterator

from rateguard.entrypoints.doctor.findings import Finding, fault, warning
from rateguard.entrypoints.doctor.patient import Patient
from rateguard.entrypoints.settings import SECRETS


def names(patient: Patient) -> Iterator[Finding]:
    """
    No variable is a near miss of a setting.
    """
    for text in patient.loaded.warnings:
        yield warning(text, f"correct the name in {patient.env_file}")


def secrecy(patient: Patient) -> Iterator[Finding]:
    """
    A file with secrets is not for everybody to read.
    """
    path = patient.loaded.env_file
    held = sorted(name for name in SECRETS if patient.loaded.texts[name])
    if path is None or not held:
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IROTH:
        yield fault(
            f"every user of this machine can read {', '.join(held)} in {path}"
            f" ({mode:04o})",
            f"chmod o= {path}",
        )
