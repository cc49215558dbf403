"""
Every setting: its name, its default, its meaning, in one place.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import environ

from rateguard.entrypoints import setting_notify as notify
from rateguard.entrypoints import setting_values as values
from rateguard.entrypoints.setting_values import Address


@attrs.frozen
class Declaration:
    """
    What an operator reads about a setting.

    Attributes:
        default: As text; ``""`` if there is none or it depends on others.
    """

    name: str
    default: str
    meaning: str


DECLARATIONS: list[Declaration] = []
"""Every setting, in the order of the documentation."""

SECRETS = frozenset({"DB_PASSWORD", "WEBHOOK_SECRET", "MAIL_PASSWORD", "SENTRY_DSN"})


def _var(
    name: str,
    default: str,
    parse: Callable[[str], Any],
    expected: str,
    meaning: str,
) -> Any:  # noqa: ANN401 - an attrs field
    DECLARATIONS.append(Declaration(name, default, meaning))
    converter = values.parsed(parse, expected)
    return environ.var(default, name=name, converter=converter, help=meaning)


@environ.config(prefix="", frozen=True)
class Settings:
    """
    All settings; each attribute is the variable's name in lower case.
    """

    def __repr__(self) -> str:
        """
        Show nothing: the password is among them.
        """
        return "Settings(…)"

    db_driver: str = _var(
        "DB_DRIVER",
        "",
        values.one_of({"sqlite3": "sqlite3", "pymysql": "pymysql"}),
        "sqlite3 or pymysql",
        "sqlite3 or pymysql; pymysql if DB_HOST, DB_USER or DB_PASSWORD is set,"
        " else sqlite3",
    )
    db_host: str = _var(
        "DB_HOST",
        "localhost",
        values.one_line,
        "a host name or a socket path",
        "host of the database server, or the path of its socket",
    )
    db_port: int = _var(
        "DB_PORT",
        "3306",
        values.whole(1, values.MAX_PORT),
        "a port",
        "port of the database server",
    )
    db_user: str = _var(
        "DB_USER",
        "policyd-rate-guard",
        values.one_line,
        "one line",
        "user at the database server",
    )
    db_password: str | None = _var(
        "DB_PASSWORD",
        "",
        values.one_line,
        "one line",
        "password at the database server",
    )
    db_database: str = _var(
        "DB_DATABASE",
        "",
        values.one_line,
        "a name or a path",
        "database, policyd-rate-guard if unset; with SQLite its file, rateguard.db"
        " in $STATE_DIRECTORY or in the working directory if unset",
    )
    db_pool_mincached: int = _var(
        "DB_POOL_MINCACHED",
        "0",
        values.whole(0, 1000),
        "a number up to 1000",
        "connections opened at start",
    )
    db_pool_maxcached: int = _var(
        "DB_POOL_MAXCACHED",
        "10",
        values.whole(0, 1000),
        "a number up to 1000",
        "idle connections kept; 0 keeps all",
    )
    db_pool_maxshared: int = _var(
        "DB_POOL_MAXSHARED",
        "10",
        values.whole(0, 1000),
        "a number up to 1000",
        "accepted for compatibility; connections are never shared",
    )
    db_pool_maxusage: int = _var(
        "DB_POOL_MAXUSAGE",
        "10000",
        values.whole(0),
        "a number",
        "transactions after which a connection is replaced; 0 never",
    )
    db_timeout: dt.timedelta = _var(
        "DB_TIMEOUT",
        "5",
        values.seconds,
        "seconds, above 0 and up to 3600",
        "seconds for connecting, each read and each write",
    )
    db_lanes: int = _var(
        "DB_LANES",
        "",
        values.whole(1, 64),
        "a number from 1 to 64",
        "writers side by side, a sender always with the same one; 1 for SQLite,"
        " 2 for a server if unset",
    )
    db_auto_migrate: bool = _var(
        "DB_AUTO_MIGRATE",
        "",
        values.boolean,
        "true or false",
        "bring the schema up at start; true for SQLite, false for a server if unset",
    )
    socket: tuple[Address, ...] = _var(
        "SOCKET",
        "127.0.0.1,10033",
        values.addresses,
        "host,port or [::1],port or an absolute path, several separated by spaces",
        "where to listen: host,port or an absolute path, several separated by spaces",
    )
    socket_mode: int = _var(
        "SOCKET_MODE",
        "0660",
        values.file_mode,
        "an octal mode such as 0660",
        "mode of a UNIX socket and of a folder created for it",
    )
    socket_owner: str | None = _var(
        "SOCKET_OWNER",
        "",
        values.one_line,
        "a user",
        "owner of a UNIX socket and of a folder created for it",
    )
    socket_group: str | None = _var(
        "SOCKET_GROUP",
        "",
        values.one_line,
        "a group",
        "group of a UNIX socket and of a folder created for it",
    )
    quota: int = _var(
        "QUOTA",
        "1000",
        values.whole(0),
        "a number up to 4294967295",
        "messages, and recipients, that a new sender may send per period",
    )
    action_text_blocked: str = _var(
        "ACTION_TEXT_BLOCKED",
        "Rate limit reached, retry later.",
        values.one_line,
        "one line without control characters",
        "what the mail client is told when its sender is over quota",
    )
    action_accepted: str = _var(
        "ACTION_ACCEPTED",
        "DUNNO",
        values.one_of({"DUNNO": "DUNNO", "OK": "OK"}),
        "DUNNO or OK",
        "reply within quota; OK skips every later restriction",
    )
    request_deadline: dt.timedelta = _var(
        "REQUEST_DEADLINE",
        "5",
        values.seconds,
        "seconds, above 0 and up to 3600",
        "seconds until a request is let pass unjudged",
    )
    log_level: int = _var(
        "LOG_LEVEL",
        "INFO",
        values.one_of(values.LOG_LEVELS),
        "DEBUG, INFO, WARNING, ERROR or CRITICAL",
        "what is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL and above",
    )
    log_file: Path | None = _var(
        "LOG_FILE",
        "",
        values.path,
        "a path",
        "log to this file; renaming it (logrotate) is fine",
    )
    log_console: bool = _var(
        "LOG_CONSOLE",
        "false",
        values.boolean,
        "true or false",
        "log to standard error; also if nothing else is set",
    )
    syslog: bool = _var(
        "SYSLOG",
        "false",
        values.boolean,
        "true or false",
        "log to /dev/log, facility mail",
    )
    log_msg_prefix: bool = _var(
        "LOG_MSG_PREFIX",
        "false",
        values.boolean,
        "true or false",
        "begin each message with module.function()",
    )
    message_retention: int = _var(
        "MESSAGE_RETENTION",
        "0",
        values.whole(0, 36500),
        "days, up to 36500",
        "days that cleanup keeps messages; 0 keeps them for ever",
    )
    warn_at: int = _var(
        "WARN_AT",
        "0",
        values.whole(0, 100),
        "a percentage up to 100",
        "percent of the quota at which to warn, 80 is usual; 0 does not",
    )
    webhook_enabled: bool = _var(
        "WEBHOOK_ENABLED",
        "false",
        values.boolean,
        "true or false",
        "post a JSON document when a sender reaches the quota",
    )
    webhook_url: str | None = _var(
        "WEBHOOK_URL",
        "",
        notify.url_template,
        "an http or https address; in braces only token or a key of the document",
        "where to; {token} and every key of the document, as {sender}, are filled in",
    )
    webhook_secret: str | None = _var(
        "WEBHOOK_SECRET",
        "",
        values.one_line,
        "one line",
        "what tokens are made with; base64 of at least 32 bytes for WEBHOOK_USE_JWT",
    )
    webhook_use_jwt: bool = _var(
        "WEBHOOK_USE_JWT",
        "false",
        values.boolean,
        "true or false",
        "send a JWT, valid for a minute, instead of the simple token",
    )
    mail_enabled: bool = _var(
        "MAIL_ENABLED",
        "false",
        values.boolean,
        "true or false",
        "send mail when a sender reaches the quota",
    )
    mail_host: str = _var(
        "MAIL_HOST",
        "localhost",
        values.one_line,
        "a host name or address",
        "mail server to hand it to",
    )
    mail_port: int = _var(
        "MAIL_PORT",
        "25",
        values.whole(1, values.MAX_PORT),
        "a port",
        "its port; 465 is TLS from the first byte",
    )
    mail_starttls: bool = _var(
        "MAIL_STARTTLS",
        "false",
        values.boolean,
        "true or false",
        "insist on STARTTLS, with a certificate that can be verified",
    )
    mail_user: str | None = _var(
        "MAIL_USER",
        "",
        values.one_line,
        "one line",
        "user to log in as; our own mail is not counted against him",
    )
    mail_password: str | None = _var(
        "MAIL_PASSWORD",
        "",
        values.one_line,
        "one line",
        "password to log in with",
    )
    mail_from: str | None = _var(
        "MAIL_FROM",
        "",
        notify.mail_address,
        "a mail address",
        "From: of the mail",
    )
    mail_to: tuple[str, ...] = _var(
        "MAIL_TO",
        "",
        notify.mail_addresses,
        "mail addresses separated by spaces or commas",
        "who is told, several separated by spaces or commas",
    )
    mail_to_sender: bool = _var(
        "MAIL_TO_SENDER",
        "false",
        values.boolean,
        "true or false",
        "also tell the sender, if his name is a mail address",
    )
    mail_templates: Path | None = _var(
        "MAIL_TEMPLATES",
        "",
        values.path,
        "a folder",
        "folder with templates that replace ours, see docs/mail.md",
    )
    sentry_dsn: str | None = _var(
        "SENTRY_DSN",
        "",
        notify.url,
        "an http or https address",
        "report errors to this Sentry",
    )
    sentry_environment: str = _var(
        "SENTRY_ENVIRONMENT",
        "dev",
        values.one_line,
        "one line",
        "environment named in the reports",
    )
