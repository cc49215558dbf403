"""RateGuard: the sender quota guard for Postfix."""

from __future__ import annotations


__version__ = "0.1.0"
