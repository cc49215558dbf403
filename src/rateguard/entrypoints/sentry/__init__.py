"""
Errors go to Sentry.
"""

from __future__ import annotations

from rateguard.entrypoints.sentry.client import Sentry, start_sentry


__all__ = ["Sentry", "start_sentry"]
