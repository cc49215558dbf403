"""
From the settings to those who are told. The libraries of mail and web take a
quarter of a second to import: what is not wanted is not.
"""

from __future__ import annotations

import random

from collections.abc import Callable, Mapping, Sequence

from rateguard import __version__
from rateguard.domain.ports import Clock, Notifier, UnitOfWork
from rateguard.domain.usecases.deliver_notifications import DeliverNotifications
from rateguard.entrypoints.daemon.dispatcher import Dispatcher
from rateguard.entrypoints.daemon.dispatchers import Dispatchers
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
        found.append(_webhook(settings, clock))
    if settings.mail_enabled:
        found.append(_mail(settings, clock))
    taken = ("webhook", "mail")
    return (*found, *plugged_in(environment, taken=taken))


def _webhook(settings: Settings, clock: Clock) -> Notifier:
    from rateguard.adapters.notify.webhook import notifier  # noqa: PLC0415

    webhook = notifier.Webhook(
        url=settings.webhook_url or "",
        secret=settings.webhook_secret or "",
        use_jwt=settings.webhook_use_jwt,
        version=__version__,
    )
    return notifier.WebhookNotifier(webhook, clock)


def _mail(settings: Settings, clock: Clock) -> Notifier:
    from rateguard.adapters.notify.mail import notifier, text  # noqa: PLC0415

    mail = notifier.Mail(
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
    try:
        return notifier.MailNotifier(mail, clock)
    except text.MailTemplateWrong as error:
        raise SettingsError([f"MAIL_TEMPLATES: {error}"]) from error


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
