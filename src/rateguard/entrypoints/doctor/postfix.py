"""
The Postfix of this machine.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from rateguard.adapters.postfix.postconf import QUERIES, MailServer, mail_server
from rateguard.entrypoints.machine.programs import CannotLook, Ran, Run, run


@attrs.frozen
class Postfix:
    """
    The Postfix of this machine.

    Attributes:
        folder: Its configuration's, None for the usual one.

        wanted: Whether to look at it at all.
    """

    folder: Path | None = None
    wanted: bool = True
    run: Run = run
    _seen: list[MailServer | CannotLook] = attrs.field(init=False, factory=list)

    @property
    def options(self) -> tuple[str, ...]:
        """
        What every command of Postfix needs to find the folder.
        """
        return () if self.folder is None else ("-c", str(self.folder))

    def server(self) -> MailServer:
        """
        Return its configuration; asked for once.

        Raises:
            CannotLook: there is none that can be read.
        """
        if not self.wanted:
            raise CannotLook("--no-postfix")
        if not self._seen:
            try:
                self._seen.append(self._asked())
            except CannotLook as error:
                # Postfix takes a second to say so.
                self._seen.append(error)
        (seen,) = self._seen
        if isinstance(seen, CannotLook):
            raise seen
        return seen

    def _asked(self) -> MailServer:
        ran = {name: self._postconf(*words) for name, words in QUERIES.items()}
        outputs = {name: each.output for name, each in ran.items()}
        complaints = "".join(each.complaints for each in ran.values())
        return mail_server(**outputs, complaints=complaints)

    def _postconf(self, *words: str) -> Ran:
        ran = self.run(["postconf", *self.options, *words])
        if ran.status:
            raise CannotLook(ran.complaints.strip() or "postconf failed")
        return ran
