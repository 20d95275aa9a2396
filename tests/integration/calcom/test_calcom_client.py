"""The client against a real server over a real socket: what it reads, refuses and repeats."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from consistency_sandbox import fake_calcom
from consistency_sandbox.fake_calcom import FakeCalcom
from data_consistency.calendar.calcom import SELF_HOSTED, CalcomClient, Limits, Query, Standing
from data_consistency.calendar.calcom.errors import (
    BookingNotFound,
    CalcomError,
    CredentialRefused,
    Kind,
    Unavailable,
    UnexpectedAnswer,
    WrongVersion,
)
from data_consistency.errors import CheckNotEvaluated

Connect = Callable[..., CalcomClient]
T = TypeVar("T")
_HASTY = Limits(connect=1, read=0.2, request=0.4)


def test_me_proves_that_it_answers_and_that_the_key_is_good(fake: FakeCalcom, connect: Connect) -> None:
    """Both at once; a wrong key is the credential's fault and not the service's."""
    assert connect().me().id == 7
    with pytest.raises(CredentialRefused) as raised:
        connect(key="cal_live_wrong").me()

    assert not raised.value.counts_as_failure
    assert 2 == len(fake.world.log)  # nothing is gained by repeating it


def test_a_booking_is_read_by_its_uid(fake: FakeCalcom, connect: Connect) -> None:
    """With its call, its times and its standing."""
    row = fake.add(metadata={"call_id": "c1"})

    (booking,) = connect().get(row.uid)

    assert (row.id, "c1", row.start, row.end) == (booking.id, booking.call_id, booking.start, booking.end)
    assert booking.standing is Standing.LIVE
    assert "2026-02-25" == fake.world.log[-1].version


def test_a_series_answers_with_all_its_bookings(fake: FakeCalcom, connect: Connect) -> None:
    """The uid of a series is answered by an array, that of one of them by itself."""
    rows = [fake.add(recurring_uid="series1") for _ in range(3)]

    assert [row.uid for row in rows] == [booking.uid for booking in connect().get("series1")]
    assert 1 == len(connect().get(rows[0].uid))


def test_an_unknown_uid_is_not_found(connect: Connect) -> None:
    """Which is an answer, not a failure."""
    with pytest.raises(BookingNotFound) as raised:
        connect().get("nobody")

    assert not raised.value.counts_as_failure
    assert "nobody" not in str(raised.value)


def test_a_number_is_no_uid_for_another_booking(fake: FakeCalcom, connect: Connect) -> None:
    """An answer about another booking is not used."""
    row = fake.add(overrides={"uid": "another"})

    with pytest.raises(UnexpectedAnswer, match="another booking's"):
        connect().get(row.uid)


@pytest.mark.parametrize("odd", ["no_start", "naive_start", "number_as_text"])
def test_a_booking_that_cannot_be_read_is_an_error(fake: FakeCalcom, connect: Connect, odd: str) -> None:
    """It names the field."""
    row = fake.add(odd=odd)

    with pytest.raises(UnexpectedAnswer, match=r"booking\.(start|id)"):
        connect().get(row.uid)


@pytest.mark.parametrize(
    "odd", ["nulls", "empty_texts", "no_event_type", "awaiting_host", "unknown_status", "host_unknown"]
)
def test_what_the_real_server_sends_is_read(fake: FakeCalcom, connect: Connect, odd: str) -> None:
    """Against its own document, but harmless."""
    row = fake.add(odd=odd)

    assert row.uid == connect().get(row.uid)[0].uid


@pytest.mark.parametrize("version", ["2026-02-25", "2026-05-01"])
def test_a_server_of_another_version_is_noticed(fake: FakeCalcom, connect: Connect, version: str) -> None:
    """It answers in the oldest shape without a word; that is never an empty list or a missing booking."""
    row = fake.add()
    fake.world.switches.silent_versions = [version]

    with pytest.raises((WrongVersion, UnexpectedAnswer)) as raised:
        connect().get(row.uid) if version == "2026-02-25" else connect().walk(Query())

    assert raised.value.kind is Kind.CONTRACT


def test_a_self_hosted_server_is_asked_in_its_version(fake: FakeCalcom, connect: Connect) -> None:
    """Every operation alike, and the list by offset."""
    row = fake.add()
    client = connect(versions=SELF_HOSTED)

    client.get(row.uid)
    client.walk(Query())

    assert {"2024-08-13"} == {one.version for one in fake.world.log}


class _Breaker:
    """Counts calls, and may refuse them."""

    def __init__(self) -> None:
        self.calls = 0
        self.seen: list[type[BaseException]] = []
        self.open_after = 10**6

    def call(self, fn: Callable[[], T], /) -> T:
        self.calls += 1
        if self.calls > self.open_after:
            raise CheckNotEvaluated("the breaker is open")
        try:
            return fn()
        except CalcomError as error:
            self.seen.append(type(error))
            raise


def test_a_guard_sees_operations_not_attempts(fake: FakeCalcom, connect: Connect) -> None:
    """Only the final failure counts; an open guard sends nothing."""
    breaker = _Breaker()
    client = connect(guard=breaker, limits=Limits(retries=2))
    fake.fail(fake_calcom.Kind.HTML, times=5)

    client_errors: list[Any] = []
    for _ in range(2):
        try:
            client.me()
        except Unavailable as error:
            client_errors.append(error)

    assert (2, [Unavailable], 1) == (breaker.calls, breaker.seen, len(client_errors))
    breaker.open_after, sent = 2, len(fake.world.log)
    with pytest.raises(CheckNotEvaluated):
        client.me()
    assert sent == len(fake.world.log)


def test_no_secret_reaches_a_log(fake: FakeCalcom, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """Not the key, no uid and no address, at any level of any logger; other users of the libraries keep their logs."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore.http11", "httpcore.connection", "data_consistency"):
        caplog.set_level(logging.DEBUG, logger=name)
    row = fake.add(attendee_email="ada@example.org")
    key = fake_calcom.KEY
    client = connect()
    fake.fail(fake_calcom.Kind.BODY_A, status=503, message=f"token={key} uid={row.uid}")

    client.get(row.uid)
    client.walk(Query(attendee_email="ada@example.org"))
    client.cancel(row.uid)
    with pytest.raises(CredentialRefused) as raised:
        connect(key="other_bearer_token").walk(Query())

    said = caplog.text + str(raised.value)
    assert "get booking: unavailable, attempt 1" in said
    for secret in (key, row.uid, "ada@example.org", "ada%40", "other_bearer_token"):
        assert secret not in said
    logging.getLogger("httpx").info("somebody else's request")
    assert "somebody else's request" in caplog.text
