"""What comparing both sides brought: differences, what people are asked of a move, what is said of shared seats."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from consistency_sandbox.demo.calendar_sides import Filled
from data_consistency.ledger import queue
from data_consistency.runtime import Runtime

_ALL_ITEMS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a reconciliation found."""

    differences: tuple[tuple[str, int], ...]  # rules that compare with the calendar, and their open findings
    move: tuple[str, ...]  # what people are asked of the booking that was moved, in words
    seats: int  # that the calendar said of the shared booking
    seat_findings: tuple[str, ...]  # rules that find fault with the appointments of its guests, or their calls
    names_new_time: bool  # whether the move is one question, and says when it is now


def compared(rt: Runtime, filled: Filled) -> Compared:
    """Read what stands in ledger, queue and mirror."""
    needing = {rule.id for suite in rt.suites().values() for rule in suite.rules if rule.needs}
    with rt.transaction() as connection:
        move = _asked_of_move(connection, filled)
        return Compared(
            differences=_differences(connection, needing),
            move=move,
            seats=_seats(connection, filled),
            seat_findings=_faults_of(connection, filled.seats),
            names_new_time=len(move) == 1 and f"{filled.moved_to:%Y-%m-%d %H:%M} UTC" in move[0],
        )


def _differences(connection: Connection, rules: Collection[str]) -> tuple[tuple[str, int], ...]:
    found = connection.execute(
        text(
            "SELECT alert_type, COUNT(*) FROM data_consistency_alerts"
            " WHERE alert_type IN :rules AND status IN ('open', 'in_review')"
            " GROUP BY alert_type ORDER BY alert_type"
        ).bindparams(bindparam("rules", expanding=True)),
        {"rules": list(rules)},
    )
    return tuple((str(rule), int(count)) for rule, count in found)


def _asked_of_move(connection: Connection, filled: Filled) -> tuple[str, ...]:
    """Of its appointment, and of its booking before and after."""
    bookings = connection.execute(
        text("SELECT id FROM consistency_calcom_bookings WHERE calcom_uid IN :uids").bindparams(
            bindparam("uids", expanding=True)
        ),
        {"uids": filled.chain},
    ).scalars()
    concerned = {("appointment", filled.moved), *(("calcom_booking", int(booking)) for booking in bookings)}
    items = queue.list_items(connection, limit=_ALL_ITEMS)
    return tuple(
        "; ".join(map(str, said)) if isinstance(said := item.context.get("differences"), list) else str(item.rule_id)
        for item in items
        if (item.entity, item.entity_id) in concerned
    )


def _seats(connection: Connection, filled: Filled) -> int:
    said = connection.execute(
        text(
            "SELECT b.seat_calls FROM consistency_calcom_bookings AS b"
            " INNER JOIN appointments AS a ON a.company_id = b.company_id AND a.calcom_booking_id = b.calcom_id"
            " WHERE a.id = :seat AND b.is_seated = 1"
        ),
        {"seat": filled.seats[0]},
    ).scalar_one_or_none()
    return len(str(said).split(",")) if said else 0


def _faults_of(connection: Connection, seats: Collection[int]) -> tuple[str, ...]:
    found = connection.execute(
        text(
            "SELECT f.alert_type FROM data_consistency_alerts AS f INNER JOIN appointments AS a ON a.id IN :seats"
            " WHERE (f.entity_type = 'appointment' AND f.entity_id = a.id"
            " OR f.entity_type = 'call' AND f.entity_id = a.call_id)"
            " AND f.status IN ('open', 'in_review', 'corrected') ORDER BY f.alert_type"
        ).bindparams(bindparam("seats", expanding=True)),
        {"seats": list(seats)},
    ).scalars()
    return tuple(str(rule) for rule in found)
