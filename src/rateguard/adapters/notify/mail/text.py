"""
From a notice to the subject and the text of a mail.
"""

from __future__ import annotations

import datetime as dt

from pathlib import Path

import attrs
import jinja2

from rateguard.adapters.notify.escaped import escaped
from rateguard.adapters.notify.mail.facts import facts
from rateguard.adapters.notify.mail.samples import SAMPLES
from rateguard.domain.errors import RateGuardError
from rateguard.domain.events import EVENTS
from rateguard.domain.notice import Notice


OUR_TEMPLATES = Path(__file__).with_name("templates")

_SUBJECT = "Subject: "


class MailTemplateWrong(RateGuardError):
    """
    A template cannot be used. The text says which file, which line, and what
    is wrong.
    """


@attrs.frozen
class MailText:
    """
    What a reader sees.

    Attributes:
        subject: One line without anything unprintable.

        text: Lines, the last one ended like the others.
    """

    subject: str
    text: str


class MailTexts:
    """
    The templates, one for each kind of event, read and tried out when this is
    made; a file that changes later changes nothing.
    """

    def __init__(
        self, folder: Path | None = None, *, zone: dt.tzinfo | None = None
    ) -> None:
        """
        Args:
            folder: Its files replace those of ours that have the same name.

            zone: Of the times that are shown; None is the local one.

        Raises:
            MailTemplateWrong: There is no such folder, or one of the templates
                is broken or names a variable that does not exist.
        """
        if folder is not None and not folder.is_dir():
            raise MailTemplateWrong(f"{folder}: there is no such folder")
        folders = [OUR_TEMPLATES] if folder is None else [folder, OUR_TEMPLATES]
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - text/plain; the values are escaped
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._zone = zone
        self._templates = {kind: _template(environment, kind) for kind in EVENTS}
        for sample in SAMPLES:
            for to_sender in (False, True):
                self.render(sample, to_sender=to_sender)

    def render(self, notice: Notice, *, to_sender: bool) -> MailText:
        """
        Return what is written to the operators, or to the sender.

        Raises:
            MailTemplateWrong: the template fails at this notice.
        """
        template = self._templates[notice.event.kind]
        variables = facts(notice, to_sender=to_sender, zone=self._zone)
        try:
            rendered = template.render(variables)
        except Exception as error:
            raise _wrong(template.filename, error) from error
        first, _, rest = rendered.partition("\n")
        second, _, text = rest.partition("\n")
        subject = escaped(first.removeprefix(_SUBJECT).strip())
        if not first.startswith(_SUBJECT) or not subject:
            raise MailTemplateWrong(
                f"{template.filename}, line 1: expected '{_SUBJECT}' and a subject"
            )
        if second.strip():
            raise MailTemplateWrong(
                f"{template.filename}, line 2: expected an empty line"
            )
        return MailText(subject, text.strip("\n") + "\n")


def _template(environment: jinja2.Environment, kind: str) -> jinja2.Template:
    name = f"{kind}.txt"
    try:
        return environment.get_template(name)
    except Exception as error:
        raise _wrong(name, error) from error


def _wrong(file: str | None, error: Exception) -> MailTemplateWrong:
    """
    Return the error of a template, which may raise anything.
    """
    line = None
    if isinstance(error, jinja2.TemplateSyntaxError):
        file, line = error.filename or file, error.lineno
    else:
        # Jinja gives each frame of a template its file and line.
        traceback = error.__traceback__
        while traceback is not None:
            name = traceback.tb_frame.f_code.co_filename
            if name.endswith(".txt"):
                file, line = name, traceback.tb_lineno
            traceback = traceback.tb_next
    where = f"{file}, line {line}" if line else f"{file}"
    return MailTemplateWrong(f"{where}: {escaped(str(error) or repr(error))}")
