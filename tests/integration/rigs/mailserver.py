"""A private mail server: Postfix that takes mail from users whom Dovecot knows."""

from __future__ import annotations

import shutil
import tempfile

from base64 import b64encode
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from smtplib import SMTP, SMTPAuthenticationError
from typing import TYPE_CHECKING

import attrs

from tests.integration.rigs.dovecot import PrivateDovecot
from tests.integration.rigs.postfix import PolicyCheck, PrivatePostfix
from tests.integration.rigs.requirements import check_traversable


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

HELO = "client.example.com"
_AUTHENTICATED = 235


@attrs.frozen
class Submission:
    """An SMTP service of the mail server, with its own policy checks."""

    port: int
    users: Mapping[str, str]
    maillog: Path
    syslog_name: str

    @contextmanager
    def visit(self, *, helo: str = HELO, timeout: float = 60) -> Iterator[SMTP]:
        """
        Open an SMTP session that has said EHLO and is not authenticated.

        Args:
            helo: The name in EHLO.
            timeout: In seconds, for each reply.
        """
        with SMTP("127.0.0.1", self.port, helo, timeout) as client:
            client.ehlo()
            yield client

    @contextmanager
    def session(
        self, user: str, *, helo: str = HELO, timeout: float = 60
    ) -> Iterator[SMTP]:
        """
        Open an SMTP session authenticated by AUTH PLAIN.

        Raises:
            KeyError: The mail server does not know the user.
        """
        with self.visit(helo=helo, timeout=timeout) as client:
            # Not client.login(), which can only do ASCII, and in two steps,
            # because a first command is cut off at 2048 bytes.
            token = b64encode(f"\0{user}\0{self.users[user]}".encode()).decode()
            client.docmd("AUTH", "PLAIN")
            code, text = client.docmd(token)
            if code != _AUTHENTICATED:
                raise SMTPAuthenticationError(code, text)
            yield client

    def log(self) -> str:
        """Return what was logged; later than it replies."""
        lines = self.maillog.read_text(errors="replace").splitlines(keepends=True)
        return "".join(line for line in lines if f" {self.syslog_name}/" in line)


@attrs.define
class PrivateMailServer:
    """
    Postfix with Dovecot in a temporary folder: a context manager.

    Nothing listens until `submission` is called. Mail that is accepted is
    discarded. Needs root. ``users`` has the passwords by name.
    """

    users: Mapping[str, str]
    folder: Path = attrs.field(
        init=False, factory=lambda: Path(tempfile.mkdtemp(prefix="mail-"))
    )
    _numbers: Iterator[int] = attrs.field(init=False, factory=lambda: count(1))
    _postfix: PrivatePostfix = attrs.field(init=False)
    _dovecot: PrivateDovecot = attrs.field(init=False)

    @_postfix.default
    def _make_postfix(self) -> PrivatePostfix:
        return PrivatePostfix(self.folder)

    @_dovecot.default
    def _make_dovecot(self) -> PrivateDovecot:
        return PrivateDovecot(self.folder, self._postfix.socket, self.users)

    def __enter__(self) -> Self:
        """Start both."""
        try:
            self.folder.chmod(0o755)
            check_traversable(self.folder)
            self._postfix.install()
            self._dovecot.start()
            self._postfix.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End both with all their processes, and delete the folder."""
        self._postfix.stop()
        self._dovecot.stop()
        shutil.rmtree(self.folder)

    def submission(
        self,
        *,
        data: Sequence[PolicyCheck | str] = (),
        end_of_data: Sequence[PolicyCheck | str] = (),
        recipient: Sequence[PolicyCheck | str] = (),
        parameters: Mapping[str, str] | None = None,
    ) -> Submission:
        """
        Open an SMTP service on a port of its own; it answers on return.

        Args:
            data: Restrictions of ``smtpd_data_restrictions``, in order; each
                is a check or any other text that Postfix takes there.
                ``permit`` is added at the end.
            end_of_data: The same for ``smtpd_end_of_data_restrictions``.
            recipient: The same for ``smtpd_recipient_restrictions``.
            parameters: Any other parameters of smtpd(8).
        """
        stages = {"data": data, "end_of_data": end_of_data, "recipient": recipient}
        overrides = {
            f"smtpd_{stage}_restrictions": ", ".join([*map(str, checks), "permit"])
            for stage, checks in stages.items()
        }
        name = f"service{next(self._numbers)}"
        port = self._postfix.add_service(
            {**overrides, "syslog_name": name, **(parameters or {})}
        )
        return Submission(port, self.users, self._postfix.log, name)

    def log(self) -> str:
        """Return the mail log of all services until now."""
        return self._postfix.log.read_text(errors="replace")
