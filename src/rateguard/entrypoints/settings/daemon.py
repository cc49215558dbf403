"""The settings of the daemon."""

from __future__ import annotations

import datetime as dt

from pathlib import Path

import environ

from rateguard.entrypoints.settings import values
from rateguard.entrypoints.settings.addresses import Address, addresses
from rateguard.entrypoints.settings.store import StoreSettings
from rateguard.entrypoints.settings.values import setting


@environ.config(prefix="", frozen=True)
class DaemonSettings(StoreSettings):
    """A part of the settings."""

    socket: tuple[Address, ...] = setting(
        "SOCKET",
        "127.0.0.1,10033",
        addresses,
        "host,port or [::1],port or an absolute path, several separated by spaces",
        "where to listen: host,port or an absolute path, several separated by spaces",
    )
    socket_mode: int = setting(
        "SOCKET_MODE",
        "0660",
        values.file_mode,
        "an octal mode such as 0660",
        "mode of a UNIX socket and of a folder created for it",
    )
    socket_owner: str | None = setting(
        "SOCKET_OWNER",
        "",
        values.one_line,
        "a user",
        "owner of a UNIX socket and of a folder created for it",
    )
    socket_group: str | None = setting(
        "SOCKET_GROUP",
        "",
        values.one_line,
        "a group",
        "group of a UNIX socket and of a folder created for it",
    )
    quota: int = setting(
        "QUOTA",
        "1000",
        values.whole(0),
        "a number up to 4294967295",
        "messages, and recipients, that a new sender may send per period",
    )
    action_text_blocked: str = setting(
        "ACTION_TEXT_BLOCKED",
        "Rate limit reached, retry later.",
        values.one_line,
        "one line without control characters",
        "what the mail client is told when its sender is over quota",
    )
    action_accepted: str = setting(
        "ACTION_ACCEPTED",
        "DUNNO",
        values.one_of({"DUNNO": "DUNNO", "OK": "OK"}),
        "DUNNO or OK",
        "reply within quota; OK skips every later restriction",
    )
    request_deadline: dt.timedelta = setting(
        "REQUEST_DEADLINE",
        "5",
        values.seconds,
        "seconds, above 0 and up to 3600",
        "seconds until a request is let pass unjudged",
    )
    log_level: int = setting(
        "LOG_LEVEL",
        "INFO",
        values.one_of(values.LOG_LEVELS),
        "DEBUG, INFO, WARNING, ERROR or CRITICAL",
        "what is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL and above",
    )
    log_file: Path | None = setting(
        "LOG_FILE",
        "",
        values.path,
        "a path",
        "log to this file; renaming it (logrotate) is fine",
    )
    log_console: bool = setting(
        "LOG_CONSOLE",
        "false",
        values.boolean,
        "true or false",
        "log to standard error; also if nothing else is set",
    )
    syslog: bool = setting(
        "SYSLOG",
        "false",
        values.boolean,
        "true or false",
        "log to /dev/log, facility mail",
    )
    log_msg_prefix: bool = setting(
        "LOG_MSG_PREFIX",
        "false",
        values.boolean,
        "true or false",
        "begin each message with module.function()",
    )
    message_retention: int = setting(
        "MESSAGE_RETENTION",
        "0",
        values.whole(0, 36500),
        "days, up to 36500",
        "days that cleanup keeps messages; 0 keeps them for ever",
    )
