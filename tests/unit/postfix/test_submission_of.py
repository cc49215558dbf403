"""From Postfix's names to ours."""

from __future__ import annotations

import pytest

from hypothesis import given
from hypothesis import strategies as st

from rateguard.adapters.postfix.codec import PolicyReceiver
from rateguard.adapters.postfix.translate import submission_of
from rateguard.domain.submission import Submission
from tests.unit.postfix.cases import wire_file
from tests.unit.postfix.senders import LOGIN, NOT_COUNTED, submission, texts


def received(wire: bytes) -> dict[str, str]:
    receiver = PolicyReceiver()
    receiver.receive(wire)
    request = receiver.next_request()
    assert request is not None
    return request


class TestWhoIsCharged:
    @pytest.mark.parametrize("stage", ["DATA", "END-OF-MESSAGE"])
    def test_is_the_sender_of_a_message(self, stage: str) -> None:
        """A message is charged where it is about to be sent."""
        assert submission(protocol_state=stage).sender == LOGIN

    def test_is_also_who_names_no_stage(self) -> None:
        """Somebody who tries the service by hand has a quota too."""
        assert submission().sender == LOGIN
        assert submission(protocol_state="").sender == LOGIN

    @pytest.mark.parametrize("stage", NOT_COUNTED)
    def test_is_nobody_at_another_stage(self, stage: str) -> None:
        """At RCPT there is a request for each recipient, and no message yet."""
        request = {"sasl_username": LOGIN, "protocol_state": stage}

        assert submission_of(request) is None

    @pytest.mark.parametrize("request_", [{}, {"sasl_username": ""}])
    @pytest.mark.parametrize("stage", ["DATA", "END-OF-MESSAGE", "RCPT", ""])
    def test_is_nobody_without_a_login(
        self, request_: dict[str, str], stage: str
    ) -> None:
        """
        Absent and empty mean the same; what the client claims to be
        (sasl_sender, sender) is never a key.
        """
        claims = {"sasl_sender": LOGIN, "sender": LOGIN, "protocol_state": stage}

        assert submission_of(request_ | claims) is None

    @pytest.mark.parametrize("request_name", ["", "smtpd_access_policy", "x"])
    def test_does_not_depend_on_the_request_attribute(self, request_name: str) -> None:
        """Odd input is no way round the limit."""
        assert submission(request=request_name).sender == LOGIN

    @given(st.dictionaries(texts, texts), texts.filter(bool))
    def test_is_every_login_whatever_else_is_sent(
        self, others: dict[str, str], login: str
    ) -> None:
        """Any other attributes, any other values: the login is charged."""
        others.pop("protocol_state", None)

        assert submission_of(others | {"sasl_username": login}) is not None

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            (b"j\xf6rg@example.com", r"j\xf6rg@example.com"),
            (b"\xff", r"\xff"),
            (" J\u00d6RG@Example.com ".encode(), "j\u00f6rg@example.com"),
        ],
    )
    def test_is_a_key_whatever_its_bytes(self, name: bytes, key: str) -> None:
        """A name that is not UTF-8 is shown with escapes, and limited."""
        found = submission_of(received(b"sasl_username=" + name + b"\n\n"))

        assert found is not None
        assert key == found.sender

    def test_is_a_login_of_12_kb_behind_a_long_helo(self) -> None:
        """As long as Postfix lets a SASL name be; two of them stay two senders."""
        wire = b"helo_name=%b\nsasl_username=%b%b\n\n"
        one, other = (
            submission_of(received(wire % (b"h" * 2048, b"x" * 12288, end)))
            for end in (b"1", b"2")
        )

        assert one is not None
        assert other is not None
        assert (len(one.sender), len(other.sender)) == (255, 255)
        assert one.sender != other.sender
        assert one.login == "x" * 12288 + "1"


class TestDetails:
    def test_of_a_real_request(self) -> None:
        """Every field has what Postfix told about it."""
        expected = Submission(
            sender="user1@example.com",
            recipients=2,
            transaction="6b0306a2.7b5ea.5ca.0",
            queue_id="7B71F224536",
            login="user1@example.com",
            auth_method="PLAIN",
            client_name="unknown",
            client_address="127.0.0.1",
            helo="client.example.com",
            from_address="user1@example.com",
            to_address="",
        )

        assert expected == submission_of(received(wire_file("data-two-recipients")))

    def test_have_no_other_source(self) -> None:
        """Each attribute ends up in its own field."""
        found = submission(
            queue_id="queue_id",
            sasl_method="sasl_method",
            client_name="client_name",
            client_address="client_address",
            helo_name="helo_name",
            sender="sender",
            recipient="recipient",
            reverse_client_name="unused",
            sasl_sender="unused",
            size="9",
        )

        expected = Submission(
            LOGIN,
            queue_id="queue_id",
            login=LOGIN,
            auth_method="sasl_method",
            client_name="client_name",
            client_address="client_address",
            helo="helo_name",
            from_address="sender",
            to_address="recipient",
        )
        assert expected == found

    def test_keep_the_login_as_it_was_given(self) -> None:
        """The log shows what the mail server knows the sender by."""
        found = submission(sasl_username=" Anna@Example.com")

        assert (found.login, found.sender) == (" Anna@Example.com", LOGIN)
