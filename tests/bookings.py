"""Calls that announced a booking, and what is known of them."""

from datetime import datetime, timedelta

from data_consistency.runtime import Runtime
from tests import worlds

BOOKED: dict[str, object] = {
    "session_outcome": "appointment_booked",
    "appointment_made": 1,
    "appointment_link_status": "linked",
    "booking_confirmed": 1,
    "call_successful": 1,
}


def add_call(rt: Runtime, **values: object) -> int:
    """A call that announced a booking just now."""
    return worlds.add_call(rt.engine, **{**BOOKED, "created_at": now(rt), **values})


def add_appointment(rt: Runtime, call: int | None, age_seconds: int = 3, **values: object) -> int:
    """The appointment that it announced."""
    return worlds.add_appointment(
        rt.engine,
        **{
            "call_id": call,
            "status": "confirmed",
            "source": "phone",
            "created_at": now(rt) - timedelta(seconds=age_seconds),
            "calcom_v2_booking_id": f"bk{age_seconds}{call}",
            **values,
        },
    )


def now(rt: Runtime) -> datetime:
    """The time, as the source's columns can hold it."""
    return rt.now().replace(microsecond=0)


def columns(rt: Runtime, call: int) -> dict[str, object]:
    """Everything that the call says."""
    return worlds.row(rt.engine, "calls", call)


def count(rt: Runtime, table: str, where: str = "TRUE") -> int:
    """Rows of a table."""
    ((found,),) = worlds.execute(rt.engine, f"SELECT COUNT(*) FROM {table} WHERE {where}")
    return int(str(found))
