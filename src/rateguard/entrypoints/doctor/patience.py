"""
How long Postfix waits for us, and what it does then.
"""

from __future__ import annotations

from collections.abc import Iterator

from rateguard.adapters.postfix.postconf import Smtpd
from rateguard.adapters.postfix.restrictions import seconds
from rateguard.entrypoints.doctor.asking import Asked
from rateguard.entrypoints.doctor.findings import Finding, fault, warning
from rateguard.entrypoints.doctor.questions import Questions


LONGEST_TIMEOUT = 30
"""Seconds that a mail client can be expected to wait."""

_PASSES = frozenset({"DUNNO", "OK"})


def default_action(questions: Questions) -> Iterator[Finding]:
    """
    Mail passes while we are away.
    """

    def rule(service: Smtpd) -> Iterator[Finding]:
        for asked in questions.ours(service):
            action = _attribute(questions, asked, service, "default_action")
            if action.partition(" ")[0].upper() not in _PASSES:
                yield fault(
                    f"while RateGuard does not run, mail is refused"
                    f" (default_action is {action or 'not set'})",
                    questions.in_force(questions.asking_well(service, asked.list_name)),
                )

    return questions.each_service(rule)


def timeout(questions: Questions) -> Iterator[Finding]:
    """
    Postfix waits as long as we may take, and not for minutes.
    """
    deadline = questions.deadline.total_seconds()

    def rule(service: Smtpd) -> Iterator[Finding]:
        for asked in questions.ours(service):
            wait = seconds(_attribute(questions, asked, service, "timeout"))
            if wait is None or wait > LONGEST_TIMEOUT:
                yield warning(
                    f"should RateGuard hang, every mail waits {wait or '?'} s for"
                    " it, twice (timeout)",
                    questions.in_force(questions.asking_well(service, asked.list_name)),
                )
            elif wait <= deadline:
                yield warning(
                    f"Postfix gives up after {wait} s (timeout), RateGuard may take"
                    f" {deadline:g} s",
                    f"set REQUEST_DEADLINE={wait / 2:g} and restart rateguard",
                )

    return questions.each_service(rule)


def _attribute(questions: Questions, asked: Asked, service: Smtpd, name: str) -> str:
    given = asked.ask.attributes.get(name)
    return given or questions.server.value(f"smtpd_policy_service_{name}", service)
