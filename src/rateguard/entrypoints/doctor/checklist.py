"""
All checks, in the order in which a request meets what they look at.
"""

from __future__ import annotations

import functools

from collections.abc import Callable, Iterator, Sequence

from rateguard.entrypoints.doctor import (
    daemon,
    descriptors,
    outlets,
    patience,
    placement,
    settings_file,
    socket_file,
    store,
    upkeep,
)
from rateguard.entrypoints.doctor.findings import Check, Finding
from rateguard.entrypoints.doctor.patient import Patient
from rateguard.entrypoints.doctor.questions import Questions


OF_THE_MACHINE: dict[str, Callable[[Patient], Iterator[Finding]]] = {
    "names of settings": settings_file.names,
    "secrets": settings_file.secrecy,
    "daemon": daemon.answer,
    "SOCKET": daemon.unused_setting,
    "start with the machine": daemon.boot,
    "socket": socket_file.rights,
    "file descriptors": descriptors.room,
    "database": store.database,
    "database file": store.file,
    "clock": store.clock,
    "counting": store.counted,
    "cleanup timer": upkeep.timer,
    "cleanup": upkeep.period,
    "log": outlets.log,
    "notifiers": outlets.notifiers,
    "webhook": outlets.webhook,
    "mail": outlets.mail,
}

OF_POSTFIX: dict[str, Callable[[Questions], Iterator[Finding]]] = {
    "Postfix: login": placement.login,
    "Postfix: check": placement.placement,
    "Postfix: default action": patience.default_action,
    "Postfix: timeout": patience.timeout,
    "Postfix: in vain": placement.in_vain,
    "Postfix: spelling": placement.spelling,
}


def checks(patient: Patient) -> Sequence[Check]:
    """
    Return every check of this machine.
    """

    def asked(rule: Callable[[Questions], Iterator[Finding]]) -> Iterator[Finding]:
        questions = Questions(
            patient.postfix.server(),
            patient.addresses,
            deadline=patient.settings.request_deadline,
            options=patient.postfix.options,
        )
        return rule(questions)

    return [
        *(
            Check(name, functools.partial(look, patient))
            for name, look in OF_THE_MACHINE.items()
        ),
        *(
            Check(name, functools.partial(asked, rule))
            for name, rule in OF_POSTFIX.items()
        ),
    ]
