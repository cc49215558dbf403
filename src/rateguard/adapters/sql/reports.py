"""
Reports over ``ratelimits`` and ``messages``.
"""

from __future__ import annotations

from rateguard.adapters.sql.message_reports import SqlMessageReports
from rateguard.adapters.sql.sender_reports import SqlSenderReports


class SqlReports(SqlSenderReports, SqlMessageReports):
    """
    Implements ``Reports``.
    """
