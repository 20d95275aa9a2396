"""Filling in the ids that the calendar gives: who else names the booking keeps it from being done."""

import pytest

from data_consistency.config import utc_now
from data_consistency.correct.proposals import Proposal, propose
from data_consistency.project import shipped
from data_consistency.rules.corrections import load_correction
from data_consistency.runtime import Runtime
from tests import worlds

_BOOKING = (
    "INSERT INTO consistency_calcom_bookings (company_id, calcom_uid, calcom_id, status, starts_at, ends_at, seen_at,"
    " changed_at) VALUES (1, 'uid7', 7, 'accepted', UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP(), UTC_TIMESTAMP())"
)


def _proposed(rt: Runtime) -> Proposal:
    """What becomes of an appointment that knows the uid of its booking alone."""
    mine = worlds.add_appointment(rt.engine, calcom_v2_booking_uid="uid7")
    with rt.transaction() as connection:
        correction = load_correction(shipped(), "fill_calendar_ids")
        (proposal,) = propose(connection, correction, [mine], utc_now().replace(tzinfo=None))
    return proposal


@pytest.mark.every_server
def test_the_booking_of_another_company_has_the_same_name_by_chance(rt: Runtime) -> None:
    """Ids are those of a server, and a company's server need not be that of another."""
    worlds.execute(rt.engine, _BOOKING)
    worlds.add_appointment(rt.engine, company_id=2, calcom_booking_id=7, calcom_v2_booking_uid="uid7")

    proposal = _proposed(rt)

    assert (7, None, ()) == (proposal.values["calcom_booking_id"], proposal.refusal, proposal.candidates)


@pytest.mark.every_server
def test_each_that_names_the_booking_is_named_once(rt: Runtime) -> None:
    """In whichever column, and in however many; not one that is deleted."""
    worlds.execute(rt.engine, _BOOKING)
    others = [
        worlds.add_appointment(rt.engine, calcom_booking_id=7, calcom_v2_booking_uid="uid7", external_id="uid7"),
        worlds.add_appointment(rt.engine, calcom_v2_booking_id="uid7"),
        worlds.add_appointment(rt.engine, calcom_booking_uid="uid7"),
        worlds.add_appointment(rt.engine, external_id="7"),
    ]
    worlds.add_appointment(rt.engine, calcom_booking_id=7, deleted_at=worlds.long_ago(1))

    proposal = _proposed(rt)

    assert ("booking_is_used_elsewhere", tuple(others)) == (proposal.refusal, proposal.candidates)
