"""
A private mail server: Postfix that takes mail from users whom Dovecot knows.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from smtplib import SMTP
from typing import TYPE_CHECKING

import attrs

from . import RigError, wait_until
from .dovecot import PrivateDovecot
from .postfix import PrivatePostfix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

HELO = "client.example.com"


@attrs.frozen
class PolicyCheck:
    """
    One ``check_policy_service``, with the settings that every example has.

    Args:
        service: ``inet:127.0.0.1:10033`` or ``unix:/absolute/path``, which the
            user postfix must be able to reach and write.
        timeout: As Postfix writes times.
        default_action: What happens where the service does not answer.
        more: Further attributes, such as ``retry_delay`` or ``policy_context``.
    """

    service: str
    timeout: str = "10s"
    default_action: str = "DUNNO"
    more: Mapping[str, str] = attrs.field(factory=dict)

    def __str__(self) -> str:
        """
        The restriction as ``main.cf`` has it.
        """
        attributes = {"timeout": self.timeout, "default_action": self.default_action}
        texts = [f"{{ {name} = {value} }}" for name, value in {**attributes, **self.more}.items()]
        return f"check_policy_service {{ {', '.join([self.service, *texts])} }}"


@attrs.frozen
class Submission:
    """
    An SMTP service of the mail server, with its own policy checks.
    """

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
        with SMTP("127.0.0.1", self.port, local_hostname=helo, timeout=timeout) as client:
            client.ehlo()
            yield client

    @contextmanager
    def session(self, user: str, *, helo: str = HELO, timeout: float = 60) -> Iterator[SMTP]:
        """
        Open an SMTP session authenticated by AUTH PLAIN.

        Raises:
            KeyError: The mail server does not know the user.
        """
        with self.visit(helo=helo, timeout=timeout) as client:
            client.user, client.password = user, self.users[user]
            client.auth("PLAIN", client.auth_plain)
            yield client

    def log(self) -> str:
        """
        Return what this service wrote to the mail log until now.

        Postfix writes it through another process: see `wait_for_log`.
        """
        lines = self.maillog.read_text(errors="replace").splitlines(keepends=True)
        return "".join(line for line in lines if f" {self.syslog_name}/" in line)

    def wait_for_log(self, text: str, *, seconds: float = 5) -> None:
        """
        Return when this service has logged ``text``.

        Raises:
            RigError: It did not within ``seconds``; its log is in the text.
        """
        try:
            wait_until(lambda: text in self.log(), f"{text!r} is logged", seconds=seconds)
        except RigError as error:
            msg = f"{error}; the log:\n{self.log()}"
            raise RigError(msg) from None


@attrs.define
class PrivateMailServer:
    """
    Postfix with Dovecot in a temporary folder: a context manager.

    Nothing listens until `submission` is called. Mail that is accepted is
    discarded. Needs root.

    Args:
        users: Passwords by name.
    """

    users: Mapping[str, str]
    folder: Path = attrs.field(init=False, factory=lambda: Path(tempfile.mkdtemp(prefix="mail-")))
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
        """
        Start both.
        """
        try:
            self.folder.chmod(0o755)
            _check_traversable(self.folder)
            self._postfix.install()
            self._dovecot.start()
            self._postfix.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """
        End both with all their processes, and delete the folder.
        """
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
        """
        Return the whole mail log until now.
        """
        return self._postfix.log.read_text(errors="replace")


def _check_traversable(folder: Path) -> None:
    closed = [str(parent) for parent in folder.parents if not parent.stat().st_mode & 0o001]
    if closed:
        msg = f"user postfix cannot enter {', '.join(closed)}: set TMPDIR to another folder"
        raise RigError(msg)
