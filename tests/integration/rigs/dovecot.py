"""A private Dovecot that only checks passwords for Postfix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tests.integration.rigs import Daemon
from tests.integration.rigs.requirements import program


if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Dovecot 2.3, as in Debian 12; 2.4 has another syntax.
# auth_username_format is %Lu by default, which tells Postfix the name in lower
# case however the SMTP client wrote it. Here the user name stays as it is, and
# the empty auth_username_chars lets every character through, because a policy
# service must not count on either.
_CONFIGURATION = """\
protocols =
base_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_chars =
auth_username_format = %u
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
service auth {{
  unix_listener {socket} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service anvil {{
  chroot =
}}
"""


@attrs.frozen
class PrivateDovecot:
    """
    The password check behind AUTH, for the users that were given.

    Args:
        folder: An empty folder that the users dovecot and postfix may enter.
        socket: Where Postfix finds it (``smtpd_sasl_path``); its folder exists
            before `start`.
        users: Passwords by name.
    """

    folder: Path
    socket: Path
    users: Mapping[str, str]
    _server: Daemon = attrs.field(init=False)

    @_server.default
    def _command(self) -> Daemon:
        command = (program("dovecot"), "-F", "-c", self.folder / "dovecot.conf")
        return Daemon("dovecot", command, self.folder / "dovecot.log")

    def start(self) -> None:
        """Start; return when passwords can be checked."""
        lines = [f"{name}:{{PLAIN}}{word}\n" for name, word in self.users.items()]
        (self.folder / "users").write_text("".join(lines))
        (self.folder / "dovecot.conf").write_text(
            _CONFIGURATION.format(folder=self.folder, socket=self.socket)
        )
        self._server.start()
        self._server.wait_until(self.socket.is_socket)

    def stop(self) -> None:
        """End it and all its processes, at once: in order it takes a second."""
        self._server.kill()
