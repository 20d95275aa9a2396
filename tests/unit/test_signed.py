"""Messages of providers: what is theirs, what is read of them, and what is never believed."""

import hashlib
import hmac
import json
import string
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.web import signed
from data_consistency.web.signed import Unreadable
from tests.hinting import RETELL_KEY, SECRET, calcom_body, calcom_headers, retell_body, retell_headers

_AT = "2026-03-30T12:00:00.000Z"


def _calcom(**fields: object) -> bytes:
    return json.dumps(
        {"triggerEvent": "BOOKING_CREATED", "createdAt": _AT, "payload": {"uid": "u1"}, **fields}
    ).encode()


def test_a_signature_is_the_providers_or_nobodys() -> None:
    """The published schemes, worked out here anew; any of several secrets opens, none opens nothing."""
    body = b'{"a": 1}'
    by_hand = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

    assert by_hand == signed.calcom_digest(by_hand.upper())
    assert signed.is_signed(body, by_hand, (SECRET,))
    assert signed.is_signed(body, by_hand, ("another-secret-of-old", SECRET))
    assert not signed.is_signed(body + b" ", by_hand, (SECRET,))
    assert not signed.is_signed(body, by_hand, ())
    assert not signed.is_signed(body, by_hand, ("another-secret-of-old",))


@pytest.mark.parametrize("header", [None, "", "no-secret-provided", "ab", "g" * 64, "0" * 63, "0" * 65, "é" * 64])
def test_what_is_no_signature_needs_no_body(header: str | None) -> None:
    """Cal.com sends words where no secret is set."""
    assert signed.calcom_digest(header) is None


@pytest.mark.parametrize(
    "header", [None, "", "v=,d=", "v=1", f"v=-1,d={'0' * 64}", f"v=1,d={'0' * 63}", f"v={'9' * 17},d={'0' * 64}"]
)
def test_what_is_no_signature_of_retell(header: str | None) -> None:
    """Time and signature, both."""
    assert signed.retell_digest(header) is None


def test_retell_signs_the_body_and_then_the_time() -> None:
    """Another time is another signature: a message cannot be made young again."""
    body = retell_body()
    found = signed.retell_digest(retell_headers(body)["x-retell-signature"])

    assert found is not None
    milliseconds, digest = found
    assert signed.is_signed(body + milliseconds.encode(), digest, (RETELL_KEY,))
    assert not signed.is_signed(body + str(int(milliseconds) + 1).encode(), digest, (RETELL_KEY,))


def test_only_ids_kind_and_time_are_read() -> None:
    """Nothing of the people that a message names is in what is kept."""
    said = signed.of_calcom(_calcom(payload={"uid": "u1", "rescheduleUid": "u0", "attendees": [{"name": "Petra"}]}), 7)
    of_call = signed.of_retell(retell_body("call_1"), "1774872000000")

    assert said is not None
    assert of_call is not None
    assert (7, "BOOKING_CREATED", "u1", "u0") == (said.company_id, said.kind, said.ref, said.other_ref)
    assert datetime(2026, 3, 30, 12) == said.said_at == of_call.said_at  # as the database has it
    assert "Petra" not in repr(said) + repr(of_call)


@pytest.mark.parametrize(
    ("payload", "ref"),
    [
        ({"uid": "u1"}, "u1"),
        ({"uid": 17}, "17"),
        ({"uid": None, "bookingId": 17}, "#17"),
        ({"uid": "", "bookingId": "17"}, "#17"),
        ({"uid": "\ud800", "bookingId": 17}, "#17"),
        ({"uid": "\ud800"}, None),
        ({"uid": True}, None),
        ({"uid": ["u1"]}, None),
        ({"uid": "u" * 101}, None),
        ({"uid": "' OR 1=1 --"}, None),
        ({"bookingId": -1}, None),
        ({"bookingId": 2**80}, None),
        ({}, None),
    ],
)
def test_ids_as_text_number_or_null(payload: dict[str, object], ref: str | None) -> None:
    """Half a character, a list or a sentence is no id, and names nothing."""
    said = signed.of_calcom(_calcom(payload=payload), 1)

    assert ref == (None if said is None else said.ref)


@pytest.mark.parametrize("kind", ["PING", "MEETING_ENDED", "booking_created", None, 7, ["BOOKING_CREATED"]])
def test_other_kinds_are_ignored(kind: object) -> None:
    """Also where they say no time."""
    assert signed.of_calcom(json.dumps({"triggerEvent": kind, "payload": {"uid": "u1"}}).encode(), 1) is None
    assert signed.of_retell(retell_body(kind=kind), "1") is None


def test_the_older_name_of_a_kind_is_read() -> None:
    """One page of Retell says `event_type`."""
    said = signed.of_retell(json.dumps({"event_type": "call_ended", "call": {"call_id": "call_1"}}).encode(), "1000")

    assert said is not None
    assert "call_ended" == said.kind


@pytest.mark.parametrize(
    "at", [None, 1774872000, "2026-03-30T12:00:00", "yesterday", "9" * 5000, "0001-01-01T00:00:00+14:00"]
)
def test_a_message_without_a_time_is_refused(at: object) -> None:
    """Whether it is a replay could not be told."""
    with pytest.raises(Unreadable):
        signed.of_calcom(_calcom(createdAt=at), 1)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_what_is_no_document_is_refused(body: bytes) -> None:
    """In a sentence, whatever it is."""
    with pytest.raises(Unreadable):
        signed.of_calcom(body, 1)
    with pytest.raises(Unreadable):
        signed.of_retell(body, "1")


def test_the_same_message_has_one_digest_in_each_company() -> None:
    """Sent again it is known, also with a new signature; another company's is another."""
    body = calcom_body()
    one, other = signed.of_calcom(body, 1), signed.of_calcom(body, 2)
    early, late = signed.of_retell(retell_body(), "1000"), signed.of_retell(retell_body(), "2000")

    assert one is not None and other is not None and early is not None and late is not None  # noqa: PT018
    assert one == signed.of_calcom(body, 1)
    assert one.digest != other.digest
    assert early.digest == late.digest
    assert {"x-cal-signature-256"} == calcom_headers(body).keys()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_ALLOWED = frozenset(string.ascii_letters + string.digits + "_.:-#")


@given(payload=st.dictionaries(st.sampled_from(["uid", "bookingId", "rescheduleUid", "call_id", "x"]), _JSON))
def test_whatever_a_message_holds_what_is_kept_is_an_id(payload: dict[str, object]) -> None:
    """Plain characters, no longer than their column; or nothing is kept."""
    said = signed.of_calcom(_calcom(payload=payload), 1)
    of_call = signed.of_retell(json.dumps({"event": "call_ended", "call": payload}).encode(), "1000")

    kept = [text for one in (said, of_call) if one is not None for text in (one.ref, one.other_ref) if text is not None]
    assert all(0 < len(text) <= 191 and set(text) <= _ALLOWED for text in kept)
