"""Every setting: its name, its default, its meaning, as an operator reads them."""

from __future__ import annotations

import datetime as dt

from pathlib import Path

import environ

from rateguard.entrypoints.settings.addresses import Address, HttpAddress
from rateguard.entrypoints.settings.values import (
    ACTION_TEXT,
    ADDRESSES,
    BOOLEAN,
    FILE_MODE,
    FOLDER,
    HTTP_ADDRESS,
    LINE,
    LOG_LEVEL,
    MAIL_ADDRESS,
    MAIL_ADDRESSES,
    PATH,
    PORT,
    SECONDS,
    SENTRY_DSN,
    URL_TEMPLATE,
    Declaration,
    declared,
    one_line,
    one_of,
    setting,
    whole,
)


__all__ = ["DECLARATIONS", "SECRETS", "Declaration", "Settings"]


@environ.config(prefix="", frozen=True)
class Settings:
    """All settings; each attribute is the variable's name in lower case."""

    # The database.
    db_driver: str = setting(
        "",
        one_of("sqlite3", "pymysql"),
        "sqlite3 or pymysql; pymysql if DB_HOST, DB_USER or DB_PASSWORD is set,"
        " else sqlite3",
    )
    db_host: str = setting(
        "localhost",
        one_line("a host name or a socket path"),
        "host of the database server, or the path of its socket",
    )
    db_port: int = setting("3306", PORT, "port of the database server")
    db_user: str = setting(
        "policyd-rate-guard", LINE, "user name at the database server"
    )
    db_password: str | None = setting(
        "", LINE, "password at the database server", secret=True
    )
    db_database: str = setting(
        "",
        one_line("a name or a path"),
        "name of the database, if unset policyd-rate-guard; with SQLite its file,"
        " if unset rateguard.db in $STATE_DIRECTORY or in the working directory",
    )
    db_pool_mincached: int = setting(
        "0", whole(0, 1000), "connections opened together at first use"
    )
    db_pool_maxcached: int = setting(
        "10", whole(0, 1000), "idle connections kept; 0: all"
    )
    db_pool_maxshared: int = setting(
        "10", whole(0, 1000), "accepted for compatibility; connections are never shared"
    )
    db_pool_maxusage: int = setting(
        "10000", whole(0), "transactions after which a connection is replaced; 0: never"
    )
    db_timeout: dt.timedelta = setting(
        "5", SECONDS, "timeout in seconds of connecting and of each read and write"
    )
    db_lanes: int = setting(
        "",
        whole(1, 64),
        "parallel writers, each sender always with the same one; if unset,"
        " 1 for SQLite, 2 for a server",
    )
    db_auto_migrate: bool = setting(
        "",
        BOOLEAN,
        "migrate the schema at start; if unset, true for SQLite, false for a server",
    )

    # Where to listen.
    socket: tuple[Address, ...] = setting(
        "127.0.0.1,10033",
        ADDRESSES,
        "addresses to listen on: host,port or an absolute path, separated by spaces",
    )
    socket_mode: int = setting(
        "0660", FILE_MODE, "mode of a UNIX socket and of a folder created for it"
    )
    socket_owner: str | None = setting(
        "", one_line("a user"), "owner of a UNIX socket and of a folder created for it"
    )
    socket_group: str | None = setting(
        "", one_line("a group"), "group of a UNIX socket and of a folder created for it"
    )

    # Counting and answering.
    quota: int = setting(
        "1000", whole(0), "messages, and recipients, that a new sender may send per day"
    )
    action_text_blocked: str = setting(
        "Rate limit reached, retry later.",
        ACTION_TEXT,
        "text for the mail client when its sender is over quota",
    )
    action_text_suspended: str = setting(
        "Sending from this account is suspended; contact your provider.",
        ACTION_TEXT,
        "text for the mail client when its sender is suspended",
    )
    action_accepted: str = setting(
        "DUNNO",
        one_of("DUNNO", "OK"),
        "reply within quota; OK skips every later restriction",
    )
    request_deadline: dt.timedelta = setting(
        "5",
        SECONDS,
        "seconds after which a request is answered DUNNO, its mail uncounted",
    )

    # The log.
    log_level: int = setting(
        "INFO",
        LOG_LEVEL,
        "least level logged: DEBUG, INFO, WARNING, ERROR or CRITICAL",
    )
    log_file: Path | None = setting("", PATH, "file to log to; logrotate may rename it")
    log_console: bool = setting(
        "false", BOOLEAN, "log to standard error; also done if no other output is set"
    )
    syslog: bool = setting("false", BOOLEAN, "log to /dev/log, facility mail")
    log_msg_prefix: bool = setting(
        "false", BOOLEAN, "begin each message with module.function()"
    )

    # Cleanup.
    message_retention: int = setting(
        "0",
        whole(0, 36500, unit="days"),
        "days that messages are kept; 0: for ever",
    )

    # Alerts.
    warn_at: int = setting(
        "0",
        whole(0, 100, unit="a percentage"),
        "percentage of the quota at which to warn, such as 80; 0: never",
    )
    webhook_enabled: bool = setting(
        "false", BOOLEAN, "post a JSON document when a sender reaches the quota"
    )
    webhook_url: str | None = setting(
        "",
        URL_TEMPLATE,
        "address to post to; {token} and keys of the document, such as {sender},"
        " are filled in",
        secret=True,
    )
    webhook_secret: str | None = setting(
        "",
        LINE,
        "secret that tokens are made with; base64 of at least 32 bytes for"
        " WEBHOOK_USE_JWT",
        secret=True,
    )
    webhook_use_jwt: bool = setting(
        "false", BOOLEAN, "send a JWT, valid for a minute, instead of the simple token"
    )
    mail_enabled: bool = setting(
        "false", BOOLEAN, "send mail when a sender reaches the quota"
    )
    mail_host: str = setting(
        "localhost",
        one_line("a host name or address"),
        "mail server that takes the alerts",
    )
    mail_port: int = setting(
        "25", PORT, "port of that server; 465 is TLS from the first byte"
    )
    mail_starttls: bool = setting(
        "false", BOOLEAN, "require STARTTLS with a valid certificate"
    )
    mail_user: str | None = setting(
        "", LINE, "user to log in as; RateGuard's own mail is not counted against it"
    )
    mail_password: str | None = setting(
        "", LINE, "password to log in with", secret=True
    )
    mail_from: str | None = setting("", MAIL_ADDRESS, "From: address of alerts")
    mail_to: tuple[str, ...] | None = setting(
        "", MAIL_ADDRESSES, "recipients of alerts, separated by spaces or commas"
    )
    mail_to_sender: bool = setting(
        "false",
        BOOLEAN,
        "also send the alert to the sender, if its name is a mail address",
    )
    mail_templates: Path | None = setting(
        "", FOLDER, "folder of your own mail templates, see docs/alerts.md"
    )

    # Monitoring.
    metrics_listen: HttpAddress | None = setting(
        "",
        HTTP_ADDRESS,
        "address for /metrics and /healthz, such as 127.0.0.1:9110; see"
        " docs/monitoring.md",
    )
    sentry_dsn: str | None = setting(
        "",
        SENTRY_DSN,
        "address of the Sentry project that errors are reported to",
        secret=True,
    )
    sentry_environment: str = setting("dev", LINE, "environment named in the reports")

    def secrets(self) -> tuple[str, ...]:
        """Return the values that are shown to nobody."""
        found = (getattr(self, name.lower()) for name in sorted(SECRETS))
        return tuple(filter(None, found))

    def __repr__(self) -> str:
        """Show nothing: passwords are among them."""
        return "Settings(…)"


DECLARATIONS = declared(Settings)
"""Every setting, in the order of the documentation."""

SECRETS = frozenset(each.name for each in DECLARATIONS if each.secret)
