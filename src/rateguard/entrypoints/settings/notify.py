"""The settings of those who are told."""

from __future__ import annotations

from pathlib import Path

import environ

from rateguard.entrypoints.settings import values
from rateguard.entrypoints.settings.addresses import HttpAddress, http_address
from rateguard.entrypoints.settings.daemon import DaemonSettings
from rateguard.entrypoints.settings.values import setting


@environ.config(prefix="", frozen=True)
class NotifySettings(DaemonSettings):
    """A part of the settings."""

    warn_at: int = setting(
        "WARN_AT",
        "0",
        values.whole(0, 100),
        "a percentage up to 100",
        "percent of the quota at which to warn, 80 is usual; 0 does not",
    )
    webhook_enabled: bool = setting(
        "WEBHOOK_ENABLED",
        "false",
        values.boolean,
        "true or false",
        "post a JSON document when a sender reaches the quota",
    )
    webhook_url: str | None = setting(
        "WEBHOOK_URL",
        "",
        values.url_template,
        "an http or https address; in braces only token or a key of the document,"
        " and none in the host",
        "where to; {token} and every key of the document, as {sender}, are filled in",
    )
    webhook_secret: str | None = setting(
        "WEBHOOK_SECRET",
        "",
        values.one_line,
        "one line",
        "what tokens are made with; base64 of at least 32 bytes for WEBHOOK_USE_JWT",
    )
    webhook_use_jwt: bool = setting(
        "WEBHOOK_USE_JWT",
        "false",
        values.boolean,
        "true or false",
        "send a JWT, valid for a minute, instead of the simple token",
    )
    mail_enabled: bool = setting(
        "MAIL_ENABLED",
        "false",
        values.boolean,
        "true or false",
        "send mail when a sender reaches the quota",
    )
    mail_host: str = setting(
        "MAIL_HOST",
        "localhost",
        values.one_line,
        "a host name or address",
        "mail server to hand it to",
    )
    mail_port: int = setting(
        "MAIL_PORT",
        "25",
        values.whole(1, values.MAX_PORT),
        "a port",
        "its port; 465 is TLS from the first byte",
    )
    mail_starttls: bool = setting(
        "MAIL_STARTTLS",
        "false",
        values.boolean,
        "true or false",
        "insist on STARTTLS, with a certificate that can be verified",
    )
    mail_user: str | None = setting(
        "MAIL_USER",
        "",
        values.one_line,
        "one line",
        "user to log in as; our own mail is not counted against him",
    )
    mail_password: str | None = setting(
        "MAIL_PASSWORD",
        "",
        values.one_line,
        "one line",
        "password to log in with",
    )
    mail_from: str | None = setting(
        "MAIL_FROM",
        "",
        values.mail_address,
        "a mail address",
        "From: of the mail",
    )
    mail_to: tuple[str, ...] | None = setting(
        "MAIL_TO",
        "",
        values.mail_addresses,
        "mail addresses separated by spaces or commas",
        "who is told, several separated by spaces or commas",
    )
    mail_to_sender: bool = setting(
        "MAIL_TO_SENDER",
        "false",
        values.boolean,
        "true or false",
        "also tell the sender, if his name is a mail address",
    )
    mail_templates: Path | None = setting(
        "MAIL_TEMPLATES",
        "",
        values.path,
        "a folder",
        "folder with templates that replace ours, see docs/mail.md",
    )
    metrics_listen: HttpAddress | None = setting(
        "METRICS_LISTEN",
        "",
        http_address,
        "host:port or [::1]:port",
        "answer /metrics and /healthz there, 127.0.0.1:9110 is usual; see"
        " docs/monitoring.md",
    )
    sentry_dsn: str | None = setting(
        "SENTRY_DSN",
        "",
        values.sentry_dsn,
        "https://KEY@HOST/PROJECT",
        "report errors to this Sentry",
    )
    sentry_environment: str = setting(
        "SENTRY_ENVIRONMENT",
        "dev",
        values.one_line,
        "one line",
        "environment named in the reports",
    )
