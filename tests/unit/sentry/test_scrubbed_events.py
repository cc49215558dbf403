"""A whole event, as Sentry would get it."""

from __future__ import annotations

import logging

from typing import Any

import pytest

from rateguard.adapters.sentry.scrubber import MARK, Scrubber


SCRUBBER = Scrubber(["hunter2"])


def raised(kind: str, value: str, module: str | None = None) -> str:
    """Return what is sent of an exception's text."""
    values = [{"type": kind, "module": module, "value": value}]
    event = SCRUBBER.event({"exception": {"values": values}})
    scrubbed: str = event["exception"]["values"][0]["value"]
    return scrubbed


class TestEvent:
    def test_has_nothing_that_nobody_asked_for(self) -> None:
        """No request, no user, no breadcrumbs, no local variables."""
        frame = {"function": "judge", "vars": {"sender": "alice"}}
        event = {
            "level": "error",
            "request": {"data": "alice"},
            "logentry": {"params": ["alice"]},
            "contexts": {"trace": {"data": "alice"}},
            "user": {"id": "alice"},
            "breadcrumbs": {"values": [{"message": "alice"}]},
            "_meta": {"": "alice"},
            "threads": {"values": [{"stacktrace": {"frames": [frame]}}]},
        }

        expected = {
            "level": "error",
            "logentry": {},
            "contexts": {},
            "threads": {
                "values": [{"stacktrace": {"frames": [{"function": "judge"}]}}]
            },
        }
        assert expected == SCRUBBER.event(event)

    @pytest.mark.parametrize(
        "event",
        [
            {"logentry": {"formatted": "to alice@x", "params": ["alice@x"]}},
            {"message": "to alice@x"},
            {"extra": {"alice@x": {"deep": ["alice@x"]}}},
            {"tags": {"fqdn": "alice@x"}},
            {"server_name": "alice@x"},
            {"environment": "alice@x"},
            {"fingerprint": ["alice@x"]},
            {"contexts": {"runtime": {"name": "alice@x"}}},
            {"threads": {"values": [{"name": "alice@x"}]}},
            {"exception": {"values": [{"type": "E", "value": "alice@x"}]}},
            {"exception": {"values": [{"mechanism": {"data": {"x": "alice@x"}}}]}},
            {"stacktrace": {"frames": [{"context_line": "alice@x"}]}},
            {"stacktrace": {"frames": [{"pre_context": ["", "alice@x"]}]}},
            {"something new": "alice@x"},
        ],
    )
    def test_has_no_address_in_any_of_its_parts(self, event: dict[str, Any]) -> None:
        """Also not in a part that a later SDK invents."""
        scrubbed = str(SCRUBBER.event(event))

        assert "alice" not in scrubbed
        assert MARK in scrubbed

    def test_has_no_secret_but_stays_an_event(self) -> None:
        """A password that is also the name of a field takes nothing apart."""
        event = {
            "event_id": "value", "level": "value", "timestamp": "value",
            "exception": {"values": [{"type": "E", "value": "a value"}]},
        }  # fmt: skip

        scrubbed = Scrubber(["value"]).event(event)

        expected = {
            **event,
            "exception": {"values": [{"type": "E", "value": f"a {MARK}"}]},
        }
        assert expected == scrubbed


def logged(
    template: str, *args: object, name: str = "rateguard.x", raised: bool = False
) -> dict[str, Any]:
    """Return what is sent of something logged, as the library describes it."""
    record = logging.LogRecord(name, 40, "x.py", 1, template, args, None, "judge")
    said = {"message": template, "formatted": record.getMessage(), "params": args}
    event: dict[str, Any] = {"logger": name, "logentry": said}
    if raised:
        event["exception"] = {"values": []}
    sent: dict[str, Any] = SCRUBBER.before_send(event, {"log_record": record})
    return sent


class TestBeforeSend:
    def test_keeps_template_and_line_of_ours(self) -> None:
        """The template groups, the line is read; the arguments are not sent."""
        event = logged("cannot look at %s: %s", "it", "sasl_username=alice")

        expected = {
            "message": "cannot look at %s: %s",
            "formatted": f"cannot look at it: sasl_username={MARK}",
        }
        assert expected == event["logentry"]

    def test_groups_by_the_place(self) -> None:
        """Many templates are but ``%s``. An exception groups by its traceback."""
        assert ["rateguard.x", "judge", "%s"] == logged("%s", "a")["fingerprint"]
        assert "fingerprint" not in logged("%s", "a", raised=True)

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("Exception in callback Lane.put(<Verdicts al...>)\nhandle: x",
             "Exception in callback Lane.put"),
            ("Task exception was never retrieved\nfuture: <Task KeyError('alice')>",
             "Task exception was never retrieved"),
            ("got {'sender': 'alice'}", "got"),
            ("sender: alice", "sender"),
        ],
    )  # fmt: skip
    def test_has_the_outline_only_of_what_others_log(
        self, line: str, expected: str
    ) -> None:
        """The event loop shows the arguments of callbacks, cut off anywhere."""
        event = logged(line, name="asyncio")

        assert {"message": expected, "formatted": expected} == event["logentry"]

    def test_scrubs_what_was_not_logged(self) -> None:
        """What ends a thread has no record."""
        raised = {"values": [{"type": "E", "value": "of alice@example.org"}]}
        event = SCRUBBER.before_send({"exception": raised}, {})

        assert event["exception"]["values"][0]["value"] == f"of {MARK}"


class TestExceptionText:
    @pytest.mark.parametrize(
        ("kind", "module"),
        [
            ("KeyError", None),
            ("ValueError", "builtins"),
            ("IntegrityError", "pymysql.err"),
            ("OSError", "elsewhere"),
            ("NoSuchType", None),
            ("open", None),
        ],
    )
    def test_of_others_has_nothing_quoted(self, kind: str, module: str | None) -> None:
        """A KeyError's text is the key, and drivers quote what they refuse."""
        assert f"(7, {MARK})" == raised(kind, "(7, \"it's 'alice' \")", module)

    @pytest.mark.parametrize(
        ("kind", "module", "text"),
        [
            ("AttributeError", None, "'NoneType' object has no attribute 'sender'"),
            ("TypeError", "builtins", "judge() got an unexpected argument 'now'"),
            ("FileNotFoundError", None, "[Errno 2] No such file: '/etc/x'"),
            ("StoreUnavailable", "rateguard.domain.errors", "no 'quota' column"),
        ],
    )
    def test_of_ours_or_about_code_stays(
        self, kind: str, module: str | None, text: str
    ) -> None:
        """Their quotes are names in the code, and files."""
        assert text == raised(kind, text, module)

    def test_of_ours_is_scrubbed_all_the_same(self) -> None:
        """It may repeat a driver's."""
        text = "(1062, \"Duplicate entry 'alice' for key\"); hunter2"

        expected = f'(1062, "Duplicate entry {MARK}'
        assert expected == raised("StoreConflict", text, "rateguard.domain.errors")
