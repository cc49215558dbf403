"""Templates of an operator's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from rateguard.adapters.notify.mail.text import MailTemplateWrong, MailTexts
from rateguard.domain.errors import DeliveryFailed, RateGuardError
from tests.integration.rigs.mail import alert, notifier, template_folder
from tests.integration.rigs.smtp import SmtpReceiver


def complaint(folder: Path, **templates: str) -> str:
    """Return what is wrong with these templates, less the folder."""
    template_folder(folder, **templates)
    with pytest.raises(MailTemplateWrong) as caught:
        notifier(25, templates=folder)
    return str(caught.value).removeprefix(f"{folder}/")


class TestTemplates:
    def test_replace_ours(self, tmp_path: Path) -> None:
        """As subject and text of the mail."""
        template_folder(
            tmp_path, quota_reached="Subject: Ä {{ sender }}\n\n{{ used }} ü.\n"
        )
        with SmtpReceiver() as server:
            notifier(server.port, templates=tmp_path).deliver(alert())

        (mail,) = server.mails
        assert "Ä anna@example.org" == mail.message["Subject"]
        assert "101 ü." == mail.text.strip()

    def test_replace_ours_one_by_one(self, tmp_path: Path) -> None:
        """What the folder lacks stays ours."""
        template_folder(tmp_path, quota_reached="Subject: Mine\n\nMine.\n")
        texts = MailTexts(tmp_path)

        test = alert(test=True)
        assert "Mine" == texts.render(alert(), to_sender=False).subject
        assert "RateGuard: a test" == texts.render(test, to_sender=False).subject

    def test_may_include_others(self, tmp_path: Path) -> None:
        """Of the same folder."""
        template_folder(
            tmp_path,
            quota_reached='Subject: Mine\n\n{% include "footer.txt" %}\n',
            footer="Yours, {{ sender }}",
        )
        mail = MailTexts(tmp_path).render(alert(), to_sender=False)

        assert "Yours, anna@example.org\n" == mail.text

    def test_may_be_written_on_windows(self, tmp_path: Path) -> None:
        """With CR LF at the ends of lines."""
        template_folder(tmp_path)
        (tmp_path / "test.txt").write_bytes(b"Subject: Mine\r\n\r\nMine.\r\n")
        mail = MailTexts(tmp_path).render(alert(test=True), to_sender=False)

        assert ("Mine", "Mine.\n") == (mail.subject, mail.text)

    def test_are_read_once(self, tmp_path: Path) -> None:
        """One that is broken later breaks nothing."""
        text = "Subject: Mine\n\n{% include 'footer.txt' %}\n"
        template_folder(tmp_path, quota_reached=text, footer="Yours")
        texts = MailTexts(tmp_path)
        template_folder(tmp_path, quota_reached="{% broken", footer="{% broken")

        mail = texts.render(alert(), to_sender=False)
        assert ("Mine", "Yours\n") == (mail.subject, mail.text)


class TestWrongTemplate:
    @pytest.mark.parametrize("name", ["quota_reached", "quota_warning", "test"])
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("Subject: a\n\nb\n{{ sendr }}\n", "line 4: 'sendr' is undefined"),
            ("Subject: {{ nobody }}\n\n", "line 1: 'nobody' is undefined"),
            ("Subject: a\n\n{% if %}\n", "line 3: Expected an expression"),
            ("Subject: a\n\n{{ sender\n", "line 3: "),
            ("Subject: a\n\n{{ sender | shout }}\n", "line 3: No filter named 'shout'"),
            ("Subject: a\n\n{{ sender + 1 }}\n", "line 3: can only concatenate str"),
            ("Subject: a\n\n{% include 'b.txt' %}\n", "line 3: "),
            ("Hello\n", "line 1: expected 'Subject: ' and a subject"),
            ("", "line 1: expected 'Subject: ' and a subject"),
            ("Subject: \n\nHello\n", "line 1: expected 'Subject: ' and a subject"),
            ("Subject: a\nHello\n", "line 2: expected an empty line"),
        ],
    )
    def test_is_found_when_the_notifier_is_made(
        self, tmp_path: Path, name: str, text: str, told: str
    ) -> None:
        """File, line, and what is wrong."""
        found = complaint(tmp_path, **{name: text})

        assert found.startswith(f"{name}.txt, {told}")

    @pytest.mark.parametrize(
        "branch",
        [
            "{% if addresses %}{{ wrong }}{% endif %}",
            "{% if not addresses %}{{ wrong }}{% endif %}",
            "{% if not counted_since %}{{ wrong }}{% endif %}",
            "{% if to_sender %}{{ wrong }}{% endif %}",
            "{% if not to_sender %}{{ wrong }}{% endif %}",
            "{% for client in addresses %}{{ client.wrong }}{% endfor %}",
        ],
    )
    def test_is_found_in_either_branch(self, tmp_path: Path, branch: str) -> None:
        """Of what may be known or not, and of who reads it."""
        found = complaint(tmp_path, quota_warning=f"Subject: a\n\n{branch}\n")

        assert found.startswith("quota_warning.txt, line 3: ")
        assert "wrong" in found

    def test_may_be_no_text(self, tmp_path: Path) -> None:
        """A file that is not UTF-8."""
        (tmp_path / "test.txt").write_bytes(b"Subject: \xff\n\n")

        assert complaint(tmp_path).startswith("test.txt: 'utf-8' codec can't decode")

    def test_may_be_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """A wrong MAIL_TEMPLATES is not the same as none."""
        nowhere = tmp_path / "nowhere"

        with pytest.raises(RateGuardError) as caught:
            notifier(25, templates=nowhere)

        assert f"{nowhere}: there is no such folder" == str(caught.value)

    def test_that_shows_late_fails_the_delivery(self, tmp_path: Path) -> None:
        """What no sample shows: the alert waits until it is mended."""
        template_folder(
            tmp_path,
            quota_reached="Subject: a\n\n{% if sender == 'b' %}{{ c }}{% endif %}\n",
        )
        with (
            SmtpReceiver() as server,
            pytest.raises(DeliveryFailed, match=r"reached\.txt, line 3: 'c' is undef"),
        ):
            notifier(server.port, templates=tmp_path).deliver(alert(sender="b"))

        assert [] == server.mails
