"""A private Postfix with any number of SMTP services, each with its own settings."""

from __future__ import annotations

import signal

from contextlib import suppress
from smtplib import SMTP, SMTPException
from typing import TYPE_CHECKING

import attrs

from tests.integration.rigs import Daemon, free_port
from tests.integration.rigs.requirements import program, run


if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Why some of these differ from Postfix's defaults:
# - smtpd_error_sleep_time, smtpd_*_error_limit: every deferred DATA counts as
#   an error of the session; by default each reply after the tenth takes 1 s
#   more, and Postfix hangs up after the twentieth.
# - in_flow_delay: else a busy cleanup pauses for up to 1 s per message.
# - smtpd_client_connection_count_limit: 50 by default, from one address.
# Long HELO names need no setting: line_length_limit = 2048 cuts every command
# line, so that EHLO's name has 2043 bytes at most and a longer one still gets
# 250. A name with <>()\";@, or a space has ? in their places.
_MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = mail.example.org
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
default_transport = discard:
local_transport = discard:
relay_transport = discard:
virtual_transport = discard:
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 100000
smtpd_hard_error_limit = 100000
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
"""
_MASTER_CF = """\
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
retry unix - - n - - error
discard unix - - n - - discard
"""


@attrs.frozen
class PolicyCheck:
    """
    One ``check_policy_service``, with the settings that every example has.

    Args:
        service: ``inet:127.0.0.1:10033`` or a ``unix:/path`` open to postfix.
        timeout: As Postfix writes times.
        default_action: What happens where the service does not answer.
        more: Further attributes, such as ``retry_delay`` or ``policy_context``.
    """

    service: str
    timeout: str = "10s"
    default_action: str = "DUNNO"
    more: Mapping[str, str] = attrs.field(factory=dict)

    def __str__(self) -> str:
        """The restriction as ``main.cf`` has it."""
        first = {"timeout": self.timeout, "default_action": self.default_action}
        pairs = {**first, **self.more}.items()
        texts = [self.service, *(f"{{ {name} = {value} }}" for name, value in pairs)]
        return f"check_policy_service {{ {', '.join(texts)} }}"


@attrs.define
class PrivatePostfix:
    """
    A Postfix in a folder of its own; mail goes to ``discard:``.

    Args:
        folder: An empty folder that the user postfix may enter.
    """

    folder: Path
    _services: dict[int, str] = attrs.field(init=False, factory=dict)
    _master: Daemon = attrs.field(init=False)

    @_master.default
    def _command(self) -> Daemon:
        directory = run((program("postconf"), "-dh", "daemon_directory")).strip()
        # Not "postfix start", because a daemon of its own session would
        # outlive a test process that is killed.
        command = (f"{directory}/master", "-c", self._configuration, "-s")
        return Daemon("postfix", command, self.log)

    @property
    def _configuration(self) -> Path:
        return self.folder / "postfix"

    @property
    def socket(self) -> Path:
        """Where the SASL server is expected to listen."""
        return self.folder / "queue" / "private" / "auth"

    @property
    def log(self) -> Path:
        """The mail log."""
        return self.folder / "maillog"

    def install(self) -> None:
        """Write the configuration and make the queue's folders."""
        self._configuration.mkdir()
        (self.folder / "queue").mkdir()
        main_cf = _MAIN_CF.format(folder=self.folder)
        (self._configuration / "main.cf").write_text(main_cf)
        self._write_services()
        run((program("postfix"), "-c", self._configuration, "check"))

    def start(self) -> None:
        """Start; return when services can be added."""
        self._master.start()
        # Before this line master listens already, but SIGHUP would end it.
        self._master.wait_until(lambda: "daemon started" in self.log.read_text())

    def stop(self) -> None:
        """End it and all its processes, also those with a session in progress."""
        self._master.stop()

    def add_service(self, parameters: Mapping[str, str]) -> int:
        """
        Add an SMTP service and return its port on 127.0.0.1.

        It answers when this returns, and with these settings, because the port
        is new; a changed parameter would not reach the smtpd processes with a
        session in progress. Sessions of other services go on.

        Args:
            parameters: What differs from ``main.cf``.
        """
        port = free_port()
        options = "".join(
            f"\n    -o {{ {name} = {value} }}" for name, value in parameters.items()
        )
        self._services[port] = f"127.0.0.1:{port} inet n - n - - smtpd{options}\n"
        self._write_services()
        self._master.signal(signal.SIGHUP)
        self._master.wait_until(lambda: _greets(port))
        return port

    def _write_services(self) -> None:
        fresh = self._configuration / "master.cf.new"
        fresh.write_text(_MASTER_CF + "".join(self._services.values()))
        fresh.replace(self._configuration / "master.cf")


def _greets(port: int) -> bool:
    with suppress(OSError, SMTPException), SMTP("127.0.0.1", port, "rig", timeout=10):
        return True
    return False
