"""
From the settings to those who are told.
"""

from __future__ import annotations

import random

from collections.abc import Callable, Mapping, Sequence

from rateguard import __version__
from rateguard.adapters.notify.mail.notifier import Mail, MailNotifier
from rateguard.adapters.notify.mail.text import MailTemplateWrong
from rateguard.adapters.notify.webhook.notifier import Webhook, WebhookNotifier
from rateguard.domain.ports import Clock, Notifier, UnitOfWork
from rateguard.domain.usecases.deliver_notifications import DeliverNotifications
from rateguard.entrypoints.dispatcher import Dispatcher, Dispatchers
from rateguard.entrypoints.environment import SettingsError
from rateguard.entrypoints.plugins import plugged_in
from rateguard.entrypoints.settings import Settings


def notifiers_of(
    settings: Settings, environment: Mapping[str, str], clock: Clock
) -> tuple[Notifier, ...]:
    """
    Return those who are told, our own first.

    Raises:
        SettingsError: one of them cannot be made.
    """
    found: list[Notifier] = []
    if settings.webhook_enabled:
        webhook = Webhook(
            url=settings.webhook_url or "",
            secret=settings.webhook_secret or "",
            use_jwt=settings.webhook_use_jwt,
            version=__version__,
        )
        found.append(WebhookNotifier(webhook, clock))
    if settings.mail_enabled:
        try:
            found.append(MailNotifier(_mail(settings), clock))
        except MailTemplateWrong as error:
            raise SettingsError([f"MAIL_TEMPLATES: {error}"]) from error
    taken = ("webhook", "mail")
    return (*found, *plugged_in(environment, taken=taken))


def _mail(settings: Settings) -> Mail:
    return Mail(
        host=settings.mail_host,
        port=settings.mail_port,
        starttls=settings.mail_starttls,
        user=settings.mail_user or "",
        password=settings.mail_password or "",
        from_address=settings.mail_from or "",
        to=settings.mail_to or (),
        to_sender=settings.mail_to_sender,
        templates=settings.mail_templates,
    )


def names_of(notifiers: Sequence[Notifier]) -> tuple[str, ...]:
    """
    Return what they are called in the outbox.
    """
    return tuple(notifier.name for notifier in notifiers)


def dispatchers_of(
    notifiers: Sequence[Notifier], units: Callable[[], UnitOfWork], clock: Clock
) -> Dispatchers:
    """
    Return a dispatcher for each notifier.
    """
    return Dispatchers(
        [
            Dispatcher(DeliverNotifications(units, clock, notifier, random.random))
            for notifier in notifiers
        ]
    )
