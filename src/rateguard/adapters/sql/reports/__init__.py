"""Reports over ``ratelimits`` and ``messages``."""

from __future__ import annotations

from rateguard.adapters.sql.reports.messages import SqlMessageReports
from rateguard.adapters.sql.reports.senders import SqlSenderReports


class SqlReports(SqlSenderReports, SqlMessageReports):
    """Implements ``Reports``."""
