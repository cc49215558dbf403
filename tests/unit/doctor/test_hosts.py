"""Hosts that notices are sent to."""

from __future__ import annotations

import pytest

from rateguard.domain.errors import CannotLook
from rateguard.entrypoints.cli.doctor.outputs import mail, webhook
from tests.unit.doctor.machines import patient


WEBHOOK = {
    "WEBHOOK_ENABLED": "true",
    "WEBHOOK_URL": "https://user@hook.example:8443/{sender}",
    "WEBHOOK_SECRET": "s",
}
MAIL = {
    "MAIL_ENABLED": "true",
    "MAIL_HOST": "mail.example",
    "MAIL_FROM": "a@b.example",
    "MAIL_TO": "a@b.example",
}


class Names:
    """Knows some names, and what is raised for the others."""

    def __init__(self, *known: str, error: Exception | None = None) -> None:
        self._known = known
        self._error = error or OSError(-2, "Name or service not known")
        self.asked: list[str] = []

    def __call__(self, host: str) -> object:
        """Look a name up."""
        self.asked.append(host)
        if host in self._known:
            return ()
        raise self._error


class TestHosts:
    def test_that_have_an_address(self) -> None:
        """The host alone is looked up, without user, port and path."""
        names = Names("hook.example", "mail.example")
        machine = patient(settings={**WEBHOOK, **MAIL}, look_up=names)

        assert [] == [*webhook(machine), *mail(machine)]
        assert ["hook.example", "mail.example"] == names.asked

    @pytest.mark.parametrize("error", [None, UnicodeError("label too long")])
    def test_that_have_none(self, error: Exception | None) -> None:
        """Nobody would be told."""
        names = Names(error=error)
        machine = patient(settings={**WEBHOOK, **MAIL}, look_up=names)

        (found,) = webhook(machine)
        assert (found.level, found.problem) == (
            *("fault", "WEBHOOK_URL: hook.example has no address"),
        )
        (found,) = mail(machine)
        assert "MAIL_HOST: mail.example has no address" in found.problem

    def test_that_take_too_long(self) -> None:
        """A name server that is away is a warning."""
        machine = patient(settings=MAIL, look_up=Names(error=TimeoutError()))

        (found,) = mail(machine)
        assert (found.level, "resolv.conf" in found.fix) == ("warning", True)

    def test_of_nobody(self) -> None:
        """Who tells nobody needs no host."""
        names = Names()
        machine = patient(look_up=names)

        assert [] == [*webhook(machine), *mail(machine), *names.asked]

    def test_behind_a_proxy(self) -> None:
        """The proxy looks the host up, we need not."""
        settings = {**WEBHOOK, "HTTPS_PROXY": "http://proxy.example"}

        with pytest.raises(CannotLook, match="proxy"):
            list(webhook(patient(settings=settings, look_up=Names())))
