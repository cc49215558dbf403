"""docs/alerts.md says what the mails are."""

from __future__ import annotations

import re

from pathlib import Path

import attrs

from rateguard.adapters.notify.mail.text import OUR_TEMPLATES, Client, MailTexts, facts
from rateguard.domain.events import EVENTS
from rateguard.entrypoints.settings import DECLARATIONS
from tests.integration.rigs.mail import alert, template_folder


TEXT = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text("utf-8")


def rows(heading: str) -> dict[str, str]:
    """Return the table whose first column has that heading, by first column."""
    table = TEXT.partition(f"| {heading} |")[2].partition("\n\n")[0]
    cells = [line.strip("|").split("|", 1) for line in table.splitlines()[2:]]
    return {first.strip(): second.strip() for first, second in cells}


class TestVariables:
    def test_are_those_of_the_code(self) -> None:
        """Every variable of a template has its row, in the same order."""
        names = [f"`{name}`" for name in facts(alert(), to_sender=False)]

        assert names == list(rows("variable"))

    def test_of_an_address_are_those_of_the_code(self) -> None:
        """In the row of the addresses."""
        names = re.findall(r"`(\w+)`", rows("variable")["`addresses`"])

        assert [field.name for field in attrs.fields(Client)] == names

    def test_of_an_event_are_its_names(self) -> None:
        """In the row of the event, and as files."""
        names = re.findall(r"`(\w+)`", rows("variable")["`event`"])

        assert list(EVENTS) == names
        assert [] == [name for name in names if f"`{name}.txt`" not in TEXT]
        files = sorted(path.name for path in OUR_TEMPLATES.iterdir())
        assert sorted(f"{name}.txt" for name in names) == files


class TestSettings:
    def test_are_all_there(self) -> None:
        """Every setting of mail is explained."""
        declared = {each.name for each in DECLARATIONS if each.name.startswith("MAIL_")}

        assert declared <= set(re.findall(r"MAIL_[A-Z_]+", TEXT))


class TestExamples:
    def test_of_a_template_works(self, tmp_path: Path) -> None:
        """It can be copied as it is."""
        found = re.search(r"```\n(Subject: \[quota\].*?)```", TEXT, re.DOTALL)
        assert found is not None
        template_folder(tmp_path, quota_reached=found[1])

        mail = MailTexts(tmp_path).render(alert(), to_sender=True)

        assert "[quota] anna@example.org" == mail.subject
        assert (
            "anna@example.org: 51 messages, 101 recipients, quota 100.\n" == mail.text
        )
