"""
Every setting: its name, its default, its meaning, as an operator reads them; and
before that, how values are read.

A parser takes text and returns a value or raises ValueError. It never sees an
empty text: that means the default.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import string
import unicodedata

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import environ

from rateguard.adapters.notify.mail.address import plain_address
from rateguard.adapters.notify.webhook.document import KEYS
from rateguard.domain.counter import COUNTER_MAX
from rateguard.entrypoints.settings.addresses import (
    MAX_PORT,
    Address,
    HttpAddress,
    addresses,
    http_address,
    path,
    whole_number,
)


PLACEHOLDERS = frozenset({"token", *KEYS})

_MAX_SECONDS = 3600
_SEVERAL = re.compile(r"[\s,;]+")


@attrs.frozen
class Declaration:
    """What an operator reads about a setting; a secret is shown to nobody."""

    name: str
    default: str
    """As text; ``""`` if there is none or it depends on others."""
    meaning: str
    secret: bool = False


@attrs.frozen
class Kind:
    """What a setting may be: read by *parse*, and told as *expected* else."""

    parse: Callable[[str], Any]
    expected: str

    def __call__(self, text: str) -> Any:  # noqa: ANN401 - of whatever kind
        """
        Return the value, None for an empty text. Never raises, so that all that
        is wrong can be told at once: then :class:`WrongValue` stands for it.
        """
        if not text:
            return None
        try:
            return self.parse(text)
        except ValueError:
            return WrongValue(text, self.expected)


@attrs.frozen
class WrongValue:
    """What stands in for the value of a setting that cannot be read."""

    text: str
    expected: str


def setting(default: str, kind: Kind, meaning: str, *, secret: bool = False) -> Any:  # noqa: ANN401 - an attrs field
    field = environ.var(default, converter=kind, help=meaning)
    field.metadata["declared"] = (meaning, secret)
    return field


def one_of(*words: str, value: Callable[[str], Any] = str) -> Kind:
    known = {word.lower(): value(word) for word in words}

    def parse(text: str) -> Any:  # noqa: ANN401
        if text.lower() not in known:
            raise ValueError(text)
        return known[text.lower()]

    return Kind(parse, f"{', '.join(words[:-1])} or {words[-1]}")


def boolean(text: str) -> bool:
    true = text.lower() in {"true", "yes", "on", "1"}
    if not true and text.lower() not in {"false", "no", "off", "0"}:
        raise ValueError(text)
    return true


def whole(least: int, most: int = COUNTER_MAX, *, unit: str = "a number") -> Kind:
    """Return the kind of whole numbers between two bounds, both included."""
    bounds = f"from {least} to {most}" if least else f"up to {most}"
    return Kind(lambda text: whole_number(text, least, most), f"{unit} {bounds}")


def seconds(text: str) -> dt.timedelta:
    """Parse a duration above zero, up to an hour."""
    number = float(text)
    duration = dt.timedelta(seconds=number if 0 < number <= _MAX_SECONDS else 0)
    # Nothing, too, is what is below half a microsecond.
    if not duration:
        raise ValueError(text)
    return duration


def line(text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text):
        raise ValueError(text)
    return text


def one_line(expected: str) -> Kind:
    return Kind(line, expected)


def file_mode(text: str) -> int:
    mode = int(text.removeprefix("0o"), 8)
    if not 0 < mode <= 0o777:  # noqa: PLR2004 - the permission bits
        raise ValueError(text)
    return mode


def url(text: str) -> str:
    parts = urlsplit(line(text))
    # Reading the port raises ValueError for a wrong one.
    has_server = parts.hostname and parts.port != 0
    if parts.scheme not in {"http", "https"} or not has_server or " " in text:
        raise ValueError(text)
    return text


def sentry_dsn(text: str) -> str:
    """
    Refuse what Sentry's library would: an address without a key before the
    host, or without the number of a project at the end.
    """
    parts = urlsplit(url(text))
    project = parts.path.rpartition("/")[2]
    if not parts.username or not (project.isascii() and project.isdigit()):
        raise ValueError(text)
    return text


def url_template(text: str) -> str:
    """
    Refuse what is no address, and braces around anything else than ``token`` and
    the keys of the document.
    """
    # In the host, a stranger would choose who is given the token.
    if "{" in urlsplit(text).netloc:
        raise ValueError(text)
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            raise ValueError(text)
    url(text.format_map(dict.fromkeys(PLACEHOLDERS, "0")))
    return text


def mail_addresses(text: str) -> tuple[str, ...]:
    """Parse addresses separated by spaces or commas; refuse those to be quoted."""
    found = [plain_address(word) for word in _SEVERAL.split(text) if word]
    if not found:
        raise ValueError(text)
    return tuple(dict.fromkeys(found))


ACTION_TEXT = one_line("one line without control characters")
ADDRESSES = Kind(
    addresses,
    "host,port or [::1],port or an absolute path, several separated by spaces",
)
BOOLEAN = Kind(boolean, "true or false")
FILE_MODE = Kind(file_mode, "an octal mode such as 0660")
FOLDER = Kind(path, "a folder")
HTTP_ADDRESS = Kind(http_address, "host:port or [::1]:port")
LINE = one_line("one line")
LOG_LEVEL = one_of(
    *("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    value=logging.getLevelNamesMapping().__getitem__,
)
MAIL_ADDRESS = Kind(plain_address, "a mail address")
MAIL_ADDRESSES = Kind(mail_addresses, "mail addresses separated by spaces or commas")
PATH = Kind(path, "a path")
PORT = Kind(lambda text: whole_number(text, 1, MAX_PORT), "a port")
SECONDS = Kind(seconds, "seconds, above 0 and up to 3600")
SENTRY_DSN = Kind(sentry_dsn, "https://KEY@HOST/PROJECT")
URL_TEMPLATE = Kind(
    url_template,
    "an http or https address; in braces only token or a key of the document,"
    " and none in the host",
)


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
        "INFO", LOG_LEVEL, "least level logged: DEBUG, INFO, WARNING, ERROR or CRITICAL"
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
        "0", whole(0, 36500, unit="days"), "days that messages are kept; 0: for ever"
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


DECLARATIONS = [
    Declaration(field.name.upper(), field.default, *field.metadata["declared"])
    for field in attrs.fields(Settings)  # type: ignore[arg-type]  # environ's
]
"""Every setting, in the order of the documentation."""

SECRETS = frozenset(each.name for each in DECLARATIONS if each.secret)
