"""Rows of the source as they stand now, side by side: call, appointments, bookings of the calendar, customer.

This is what a page shows to who is signed in. It is read when it is asked for, kept nowhere and written to no log;
what is about a person is left out for those who may only look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.engine import Connection, RowMapping
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.identity import caller_name
from data_consistency.ledger.items import Item

_MOST = 4  # rows of one kind; more stand beside each other in no window
Row = Mapping[str, object]


_SHOWN_AS = "shown_as"  # no column: how the caller is called on every page


class Side(StrEnum):
    """What stands in a column of the comparison."""

    CALL = "call"
    APPOINTMENT = "appointment"
    BOOKING = "booking"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One value of a row; those of one name say the same thing on every side."""

    name: str
    value: object
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """One row of the source."""

    side: Side
    id: int
    facts: tuple[Fact, ...]


# By side, what is shown under which name. Names that stand on several sides are compared.
_SHOWN: Mapping[Side, Mapping[str, str]] = {
    Side.CALL: {
        "booked": "appointment_made",
        "outcome": "session_outcome",
        "direction": "direction",
        "call_state": "status",
        "began": "start_timestamp",
        "call_name": "retell_call_id",
        "customer": "customer_id",
        "customer_link": "customer_link_status",
        "link_method": "customer_link_method",
        "appointment_link": "appointment_link_status",
        "appointment": "appointment_id",
    },
    Side.APPOINTMENT: {
        "booked": "is_active",
        "state": "status",
        "starts": "starts_at",
        "ends": "ends_at",
        "customer": "customer_id",
        "call_row": "call_id",
        "sync": "calcom_sync_status",
        "deleted": "deleted_at",
    },
    Side.BOOKING: {
        "booked": "is_booked",
        "state": "status",
        "starts": "starts_at",
        "ends": "ends_at",
        "call_name": "metadata_call_id",
        "number": "calcom_id",
        "seen": "seen_at",
    },
    Side.CUSTOMER: {"state": "status", "journey": "journey_status", "deleted": "deleted_at"},
}
_PERSONAL: Mapping[Side, Mapping[str, str]] = {
    Side.CALL: {
        "shown_as": _SHOWN_AS,
        "name": "customer_name",
        "said_name": "extracted_name",
        "from": "from_number",
        "to": "to_number",
    },
    Side.APPOINTMENT: {},
    Side.BOOKING: {},
    Side.CUSTOMER: {"name": "name", "phone": "phone", "email": "email"},
}
# The words of two sides for a state are not the same; whether they agree is said by `booked`.
_COMPARED = frozenset({"booked", "starts", "ends", "customer", "call_name"})
_FLAGS = frozenset({"booked"})


def read_rows(connection: Connection, item: Item, *, with_people: bool) -> list[Live]:
    """The row of an item and those that belong to it; none where the source has no such tables.

    Args:
        connection: in a transaction; nothing is locked.
        item: whose row it is.
        with_people: also names, numbers and addresses.
    """
    found = _Found(connection=connection, company_id=item.company_id)
    if item.entity == "call":
        found.call(item.entity_id)
    elif item.entity == "appointment":
        found.appointment(item.entity_id)
    elif item.entity == "calcom_booking":
        found.booking(item.entity_id)
    elif item.entity == "customer":
        found.customer(item.entity_id)
    return _compared([_live(side, row, with_people) for side, row in found.rows()])


class _Found:
    """What belongs together, collected from one row on."""

    def __init__(self, *, connection: Connection, company_id: int | None) -> None:
        self._connection = connection
        self._company_id = company_id
        self._rows: dict[Side, dict[int, Row]] = {side: {} for side in Side}

    def rows(self) -> list[tuple[Side, Row]]:
        """In the order of the page."""
        customers = self._rows[Side.CUSTOMER]
        for row_id, row in self._rows[Side.CALL].items():
            self._rows[Side.CALL][row_id] = {**row, _SHOWN_AS: _shown_as(row, customers)}
        return [(side, row) for side in Side for row in self._rows[side].values()]

    def call(self, row_id: int) -> None:
        """A call, its appointments, and what the calendar has of both."""
        calls = self._keep(Side.CALL, "live_call", row_id=row_id)
        appointments = self._appointments(row_id=None, call_id=row_id)
        names = [str(call.get("retell_call_id") or "") for call in calls]
        self._bookings(0, names[0] if names else "", appointments)
        self._customers([*calls, *appointments])

    def appointment(self, row_id: int) -> None:
        """An appointment, its call, and what the calendar has of both."""
        appointments = self._appointments(row_id=row_id, call_id=None)
        calls = [
            call
            for appointment in appointments
            if (call_id := appointment.get("call_id")) is not None
            for call in self._keep(Side.CALL, "live_call", row_id=call_id)
        ]
        self._bookings(0, "", appointments)
        self._customers([*calls, *appointments])

    def booking(self, row_id: int) -> None:
        """A booking of the calendar, the call that it names, and the appointments of that."""
        bookings = self._bookings(row_id, "", [])
        for name in {str(booking["metadata_call_id"]) for booking in bookings if booking.get("metadata_call_id")}:
            for call in self._keep(Side.CALL, "live_call_named", name=name, limit=_MOST):
                self._appointments(row_id=None, call_id=_number(call["id"]))

    def customer(self, row_id: int) -> None:
        """A customer."""
        self._keep(Side.CUSTOMER, "live_customer", row_id=row_id)

    def _appointments(self, *, row_id: int | None, call_id: int | None) -> list[Row]:
        return self._keep(Side.APPOINTMENT, "live_appointments", row_id=row_id, call_id=call_id, limit=_MOST)

    def _bookings(self, row_id: int, call_name: str, appointments: Sequence[Row]) -> list[Row]:
        ids = [_number(row["id"]) for row in appointments] or [0]
        return self._keep(Side.BOOKING, "live_bookings", row_id=row_id, call_name=call_name, ids=ids, limit=_MOST)

    def _customers(self, rows: Sequence[Row]) -> None:
        for customer in {row["customer_id"] for row in rows if row.get("customer_id") is not None}:
            self._keep(Side.CUSTOMER, "live_customer", row_id=customer)

    def _keep(self, side: Side, query: str, **params: object) -> list[Row]:
        try:
            read = sql.run(self._connection, query, company_id=self._company_id, **params).mappings()
            rows: list[Row] = [_judged(side, row) for row in read]
        except DBAPIError as error:
            # A source without such a table or column, or an account that may not read it: the rest is shown.
            if server_errors.kind_of(error) is not Kind.NAME and not server_errors.is_denied(error):
                raise
            return []
        self._rows[side].update({_number(row["id"]): row for row in rows})
        return rows


def _judged(side: Side, read: RowMapping) -> Row:
    row: dict[str, object] = {str(column): value for column, value in read.items()}
    if side is Side.APPOINTMENT:
        row["is_active"] = not row.get("is_void") and row.get("deleted_at") is None
    return row


def _shown_as(call: Row, customers: Mapping[int, Row]) -> str:
    """The caller as `consistency_call_display` has it, and every page."""
    customer = customers.get(_number(call["customer_id"])) if call.get("customer_id") is not None else None
    fits = (
        customer is not None
        and customer.get("company_id") == call.get("company_id")
        and customer.get("deleted_at") is None
    )
    number = call.get("to_number" if call.get("direction") == "outbound" else "from_number")
    return caller_name(
        customer_profile_name=_text(customer.get("name")) if customer is not None and fits else None,
        link_status=_text(call.get("customer_link_status")),
        spoken_name=_text(call.get("customer_name")),
        is_name_verified=call.get("customer_name_verified") == 1,
        number=_text(number),
    ).name


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _live(side: Side, row: Row, with_people: bool) -> Live:
    shown = {**(_PERSONAL[side] if with_people else {}), **_SHOWN[side]}
    facts = tuple(
        Fact(name=name, value=bool(row[column]) if name in _FLAGS and row[column] is not None else row[column])
        for name, column in shown.items()
        if column in row
    )
    return Live(side=side, id=_number(row["id"]), facts=facts)


def _compared(rows: Sequence[Live]) -> list[Live]:
    said: dict[str, set[str]] = {}
    for row in rows:
        for fact in row.facts:
            if fact.name in _COMPARED and fact.value is not None:
                said.setdefault(fact.name, set()).add(str(fact.value))
    return [
        Live(
            side=row.side,
            id=row.id,
            facts=tuple(
                Fact(name=fact.name, value=fact.value, differs=len(said.get(fact.name, ())) > 1) for fact in row.facts
            ),
        )
        for row in rows
    ]


def _number(value: object) -> int:
    return int(str(value))
