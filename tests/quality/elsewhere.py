"""Changes in another row than the one that becomes wrong: the next check must find what the daily one would.

Each change has a tenant of its own. Those that remove a parent make the next check read whole tables; they are tried
one by one, so that they hide nothing of the others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from sqlalchemy import text

from data_consistency import pipeline
from data_consistency.detect.scan import scan_table
from data_consistency.rules import Mode
from data_consistency.rules.outcomes import Scope
from data_consistency.runtime import Runtime
from tests.quality.cases import NOW, Case, Row
from tests.quality.stories import STORIES, Maker
from tests.quality.tenants import Tenant
from tests.quality.world import load

Found = frozenset[tuple[str, str, int]]  # rule, table, id


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """One change, and a rule that it makes speak about another row."""

    what: str
    story: str
    rule: str
    statements: tuple[str, ...]
    removes_parent: bool = False


def _of(what: str, story: str, rule: str, *statements: str, removes_parent: bool = False) -> Elsewhere:
    return Elsewhere(what=what, story=story, rule=rule, statements=statements, removes_parent=removes_parent)


_PAST = "'2026-04-01 08:00:00'"
CHANGES = (
    _of("company archived", "question", "call_belongs_to_company",
        "UPDATE companies SET status = 'archived' WHERE id = {company}"),
    _of("company deleted softly", "web", "appointment_belongs_to_company",
        "UPDATE companies SET deleted_at = NOW() WHERE id = {company}"),
    _of("branch moved to another company", "stranger", "branch_of_call_is_of_same_company",
        "UPDATE branches SET company_id = 1 WHERE id = '{branch}'"),
    _of("branch closed", "web", "coming_appointment_is_offered",
        "UPDATE branches SET is_active = 0 WHERE id = '{branch}'"),
    _of("branch removed", "question", "branch_of_call_is_of_same_company",
        "DELETE FROM branches WHERE id = '{branch}'", removes_parent=True),
    _of("service given up", "web", "coming_appointment_is_offered",
        "UPDATE services SET is_active = 0 WHERE id = {service}"),
    _of("service made longer", "web", "appointment_lasts_as_service",
        "UPDATE services SET duration_minutes = 45 WHERE id = {service}"),
    _of("service divided into phases", "web", "phased_appointment_has_phases",
        "UPDATE services SET has_processing_time = 1 WHERE id = {service}"),
    _of("service moved to another company", "web", "appointment_belongs_to_one_company",
        "UPDATE services SET company_id = 1 WHERE id = {service}"),
    _of("service removed, its appointments with it", "booking", "booking_claim_has_appointment",
        "DELETE FROM services WHERE id = {service}", removes_parent=True),
    _of("service removed, the calendar keeps the booking", "mirrored", "calendar_booking_has_appointment",
        "DELETE FROM services WHERE id = {service}", removes_parent=True),
    _of("member of staff left", "web", "coming_appointment_is_offered",
        "UPDATE staff SET is_active = 0 WHERE id = '{staff}'"),
    _of("member of staff removed", "web", "coming_appointment_has_staff",
        "DELETE FROM staff WHERE id = '{staff}'", removes_parent=True),
    _of("member of staff is called like a caller", "named", "spoken_name_is_beyond_doubt",
        "UPDATE staff SET name = (SELECT c.customer_name FROM calls AS c WHERE c.id = {call}) WHERE id = '{member}'"),
    _of("number moved to another company", "question", "called_number_is_of_same_company",
        "UPDATE phone_numbers SET company_id = 1 WHERE id = '{phone_id}'"),
    _of("number of the company entered later", "elsewhere_called", "called_number_is_named",
        "INSERT INTO phone_numbers (id, company_id, number, number_normalized)"
        " VALUES ('n{company}', {company}, '+49309{company:06d}', '+49309{company:06d}')"),
    _of("number removed", "stranger", "called_number_is_named",
        "INSERT INTO phone_numbers (id, company_id, number, number_normalized)"
        " VALUES ('m{company}', {company}, '{phone}', '{phone}')",
        "DELETE FROM phone_numbers WHERE id = '{phone_id}'", removes_parent=True),
    _of("record of a cancellation removed", "unexplained", "cancellation_is_on_record",
        "DELETE FROM appointment_modifications WHERE appointment_id = {appointment}"),
    _of("record of a cancellation rewritten", "unexplained", "cancellation_is_on_record",
        "UPDATE appointment_modifications SET modification_type = 'reschedule' WHERE appointment_id = {appointment}"),
    _of("phases removed", "permanent", "phased_appointment_has_phases",
        "DELETE FROM appointment_phases WHERE appointment_id = {appointment}"),
    _of("phase made longer", "composite", "appointment_lasts_as_service",
        "UPDATE appointment_phases SET end_time = end_time + INTERVAL 1 HOUR"
        " WHERE appointment_id = {appointment} AND phase_type = 'final'"),
    _of("phase asks for staff", "composite", "staff_has_one_appointment_at_a_time",
        "UPDATE appointment_phases SET staff_required = 1 WHERE appointment_id = {appointment}"),
    _of("session open again", "recent", "session_ends_with_its_call",
        "UPDATE retell_call_sessions SET call_status = 'in_progress' WHERE company_id = {company}"),
    _of("customer deleted softly", "manual", "linked_customer_exists",
        "UPDATE customers SET deleted_at = NOW() WHERE id = {customer}"),
    _of("customer removed, calls lose it", "outbound", "linked_call_has_customer",
        "DELETE FROM customers WHERE id = {customer}"),
    _of("customer removed, appointments with it", "booking", "booking_claim_has_appointment",
        "DELETE FROM customers WHERE id = {customer}"),
    _of("customer removed, the calendar keeps the booking", "mirrored", "calendar_booking_has_appointment",
        "DELETE FROM customers WHERE id = {customer}"),
    _of("customer got another number", "booking", "phone_match_fits_number",
        "UPDATE customers SET phone = '+4915888{company:06d}' WHERE id = {customer}"),
    _of("customer cannot be reached any more", "web", "awaited_customer_can_be_reached",
        "UPDATE customers SET phone = NULL, email = NULL WHERE id = {customer}"),
    _of("second customer with the number", "web", "customer_phone_is_of_one_customer",
        "INSERT INTO customers (company_id, name, phone) SELECT company_id, 'Ole Kern', phone FROM customers"
        " WHERE id = {customer}"),
    _of("no second customer has the caller's number any more", "matched", "customer_link_status_fits_evidence",
        "UPDATE customers SET deleted_at = NOW() WHERE id = {customer2}"),
    _of("call deleted softly", "booking", "call_of_appointment_exists",
        "UPDATE calls SET deleted_at = NOW() WHERE id = {call}"),
    _of("call removed, its appointment with it", "mirrored", "calendar_booking_has_appointment",
        "DELETE FROM calls WHERE id = {call}"),
    _of("appointment cancelled", "booking", "booked_appointment_is_not_cancelled",
        "UPDATE appointments SET status = 'cancelled', cancellation_reason = 'x' WHERE id = {appointment}"),
    _of("appointment deleted softly", "booking", "booked_appointment_is_not_deleted",
        "UPDATE appointments SET deleted_at = NOW() WHERE id = {appointment}"),
    _of("appointment that a call names is deleted softly", "moved", "call_links_lead_to_its_appointments",
        "UPDATE calls SET session_outcome = 'information_only' WHERE id = {call}",
        "UPDATE appointments SET deleted_at = NOW() WHERE id = {appointment}"),
    _of("appointment shows its change no longer", "moved", "changing_call_changed_its_appointment",
        "UPDATE appointments SET status = 'confirmed', rescheduled_at = NULL, rescheduled_count = 0"
        " WHERE id = {appointment}"),
    _of("appointment got the customer of somebody else", "booking", "call_and_appointment_have_one_customer",
        "INSERT INTO customers (id, company_id, name, phone) VALUES"
        " ({customer} + 500000, {company}, 'Ole Kern', '+4915777{company:06d}')",
        "UPDATE appointments SET customer_id = {customer} + 500000 WHERE id = {appointment}"),
    _of("appointment removed, the calendar keeps the booking", "mirrored", "calendar_booking_has_appointment",
        "DELETE FROM appointments WHERE id = {appointment}"),
    _of("appointment lost the ids of its booking", "mirrored", "calendar_booking_has_appointment",
        "UPDATE appointments SET calcom_booking_id = NULL, calcom_v2_booking_id = NULL, calcom_v2_booking_uid = NULL"
        " WHERE id = {appointment}"),
    _of("second appointment with the booking", "web", "calendar_booking_is_used_once",
        "INSERT INTO appointments (company_id, status, source, starts_at, ends_at, calcom_booking_id)"
        " SELECT company_id, 'completed', 'web', " + _PAST + ", " + _PAST + " + INTERVAL 30 MINUTE, calcom_booking_id"
        " FROM appointments WHERE id = {appointment}"),
    _of("second appointment for the member of staff", "web", "staff_has_one_appointment_at_a_time",
        "INSERT INTO appointments (company_id, status, source, starts_at, ends_at, staff_id)"
        " SELECT company_id, 'confirmed', 'web', starts_at, ends_at, staff_id FROM appointments"
        " WHERE id = {appointment}"),
    _of("another live row of the booking is cancelled", "replaced", "void_appointment_is_not_in_the_calendar",
        "UPDATE appointments SET deleted_at = NOW() WHERE id = {appointment2}"),
    _of("real call beside a placeholder", "placeholder", "placeholder_call_has_no_twin",
        "INSERT INTO calls (company_id, retell_call_id, from_number, created_at, status) SELECT company_id,"
        " CONCAT('real_', id), from_number, created_at, 'completed' FROM calls WHERE id = {call}"),
    _of("third caller named like the agent", "two_maries", "callers_are_not_named_like_the_agent",
        "INSERT INTO calls (company_id, retell_call_id, from_number, customer_name, created_at, status) SELECT"
        " company_id, CONCAT('third_', id), from_number, customer_name, created_at + INTERVAL 1 MINUTE, 'completed'"
        " FROM calls WHERE id = {call}"),
    _of("booking cancelled in the calendar", "mirrored", "coming_appointment_is_in_the_calendar",
        "UPDATE consistency_calcom_bookings SET status = 'cancelled', changed_at = UTC_TIMESTAMP(6)"
        " WHERE company_id = {company}"),
    _of("booking moved in the calendar", "mirrored", "appointment_is_at_the_time_of_the_calendar",
        "UPDATE consistency_calcom_bookings SET starts_at = starts_at + INTERVAL 15 MINUTE,"
        " ends_at = ends_at + INTERVAL 15 MINUTE, changed_at = UTC_TIMESTAMP(6) WHERE company_id = {company}"),
    _of("a reading of the calendar does not show the booking", "web", "coming_appointment_is_in_the_calendar",
        "INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom:{company}', UTC_TIMESTAMP(6))"),
)  # fmt: skip


def build(rt: Runtime) -> dict[Elsewhere, Case]:
    """Load one clean case for each change, each with a tenant of its own."""
    maker, cases = Maker(Random(7)), {}
    rows: dict[str, list[Row]] = {"consistency_heartbeats": [{"name": "calcom", "seen_at": NOW}]}
    for table, row in Tenant(id=1).rows():
        rows.setdefault(table, []).append(row)
    for number, change in enumerate(CHANGES, 2):
        tenant = Tenant(id=number)
        case = cases[change] = maker.begin(change.story, tenant)
        (_OWN.get(change.story) or STORIES[change.story][0])(maker)
        for table, row in tenant.rows():
            rows.setdefault(table, []).append(row)
        for table, own in case.rows.items():
            rows.setdefault(table, []).extend(own)
    load(rt.engine, rows)
    return cases


def apply(rt: Runtime, case: Case, change: Elsewhere, company: int) -> None:
    """Make the change, as the application or a person would."""
    tenant = Tenant(id=company)
    appointments, calls, customers = (case.rows.get(t, []) for t in ("appointments", "calls", "customers"))
    values: dict[str, object] = {
        "company": company, "branch": tenant.branch, "phone_id": tenant.phone_id, "phone": tenant.phone,
        "member": f"s{company}-0", "call": calls[0]["id"] if calls else 0,
        "customer": customers[0]["id"] if customers else 0,
        "customer2": customers[1]["id"] if len(customers) > 1 else 0,
        "appointment": appointments[0]["id"] if appointments else 0,
        "appointment2": appointments[1]["id"] if len(appointments) > 1 else 0,
        "service": appointments[0]["service_id"] if appointments else 0,
        "staff": appointments[0]["staff_id"] if appointments else "",
    }  # fmt: skip
    with rt.engine.begin() as connection:
        for statement in change.statements:
            connection.execute(text(statement.format(**values).replace(":", "\\:")))


def check(rt: Runtime, run_id: str, kind: str = "changed") -> dict[str, int]:
    """Check every table; rows looked at by table."""
    pipeline.begin(rt, run_id, "check", "quality")
    return {
        table: pipeline.check_table(rt, table=table, run_id=run_id, kind=kind).rows_checked for table in rt.suites()
    }


def missed(rt: Runtime) -> list[str]:
    """Make every change, each followed by a check; what is wrong then and not found, by change."""
    cases = build(rt)
    check(rt, "first")
    lines = []
    for company, change in enumerate(CHANGES, 2):
        apply(rt, cases[change], change, company)
        check(rt, change.what)
        lines += [f"{change.what}: {place}" for place in sorted(true(rt) - known(rt))]
    return lines


def known(rt: Runtime) -> Found:
    """What the ledger holds for wrong."""
    tables = {suite.entity: suite.table for suite in rt.suites().values()}
    with rt.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT alert_type, entity_type, entity_id FROM data_consistency_alerts"
                " WHERE status IN ('open', 'in_review')"
            )
        )
        return frozenset((str(rule), tables[str(entity)], int(id_)) for rule, entity, id_ in rows)


def true(rt: Runtime) -> Found:
    """What is wrong, as a reading of everything has it."""
    found = set()
    with rt.engine.connect() as connection:
        for suite in rt.suites().values():
            scan = scan_table(connection, suite, Scope(kind="full"), NOW)
            acting = (rule for rule in suite.rules if rule.mode is not Mode.SHADOW)
            found |= {(rule.id, suite.table, row_id) for rule in acting for row_id in scan.ids_of(rule.id)}
    return frozenset(found)


def rules_of(found: Iterable[tuple[str, str, int]], rows: Mapping[str, set[int]]) -> set[str]:
    """The rules that speak about some rows."""
    return {rule for rule, table, row_id in found if row_id in rows.get(table, set())}


def _elsewhere_called(m: Maker) -> None:
    m.call(to_number=f"+49309{m.tenant.id:06d}", phone_number_id=None)


def _unexplained(m: Maker) -> None:
    STORIES["cancelled"][0](m)
    m.case.appointment["cancellation_reason"] = None


def _matched(m: Maker) -> None:
    customer = m.customer()
    m.customer(phone=customer["phone"])
    m.call(**{
        **m.of(customer), "customer_link_status": "pending_review", "customer_link_confidence": None,
        "customer_link_method": None, "customer_linked_at": None,
    })  # fmt: skip


def _recent(m: Maker) -> None:
    call = m.call(start=NOW.replace(hour=1))
    m.case.rows["retell_call_sessions"] = [{
        "id": f"{call['id']:032x}", "call_id": call["retell_call_id"], "company_id": m.tenant.id,
        "call_status": "completed", "created_at": NOW,
    }]  # fmt: skip


def _replaced(m: Maker) -> None:
    STORIES["mirrored"][0](m)
    first = m.case.appointment
    first.update(status="cancelled", cancellation_reason="x", calcom_v2_booking_id=None)
    m.case.add("appointments", {**first, "id": m.new_id(), "status": "confirmed", "calcom_v2_booking_uid": None,
                                "calcom_v2_booking_id": str(first["calcom_booking_id"])})  # fmt: skip


def _placeholder(m: Maker) -> None:
    call = m.call(start=NOW.replace(hour=11, minute=30))
    call.pop("consistency_changed_at")
    call["retell_call_id"] = f"temp_1776000000_{call['id']:08x}"


def _two_maries(m: Maker) -> None:
    for n in range(2):
        m.call(start=NOW.replace(day=3, hour=9, minute=n), customer_name="Maria", customer_link_status="name_only")


_OWN = {
    "elsewhere_called": _elsewhere_called, "unexplained": _unexplained, "matched": _matched, "recent": _recent,
    "replaced": _replaced, "placeholder": _placeholder, "two_maries": _two_maries,
}  # fmt: skip
