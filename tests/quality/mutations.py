"""Mutations: clean rows changed column by column, and which rules notice; the page docs/mutation-coverage.md."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Engine

from data_consistency.detect.scan import scan_table
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Scope
from tests.quality.cases import ENTITIES, NOW, Case
from tests.quality.stories import STORIES, Maker
from tests.quality.tenants import Tenant
from tests.quality.unnoticed import REASONS
from tests.quality.world import load

Change = Callable[[Case], None]
_STORIES = {"calls": ("booking", "question"), "appointments": ("booking",), "customers": ("booking",)}
# Keys, and what the database writes itself.
_UNTOUCHED = frozenset({"id", "consistency_changed_at"})
_OTHER_TENANT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One change to one column of a clean row of a story."""

    table: str
    story: str
    what: str
    change: Change

    @property
    def name(self) -> str:
        """What is said of it on the page."""
        return f"{self.table} ({self.story}): {self.what}"


def mutations() -> Iterator[Mutation]:
    """Columns lost, flags flipped, times moved by an hour, links led astray, rows deleted or doubled."""
    for table, stories in _STORIES.items():
        for story in stories:
            row = _fresh(Maker(Random(1)), story).rows[table][0]
            for column, value in sorted(row.items()):
                for what, new in _changes(column, value):
                    yield Mutation(table=table, story=story, what=what, change=_setting(table, column, new))
            yield Mutation(table=table, story=story, what="soft-delete it", change=_setting(table, "deleted_at", NOW))
    yield Mutation(table="appointments", story="booking", what="store it twice", change=_doubled)


def survey(engine: Engine, suites: dict[str, Suite]) -> dict[Mutation, list[str]]:
    """Load one mutated case for each mutation into an empty schema; the rules that notice each."""
    maker, cases = Maker(Random(2)), {}
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    for tenant in (Tenant(id=1), Tenant(id=_OTHER_TENANT)):
        for table, row in tenant.rows():
            rows[table].append(row)
    for mutation in mutations():
        case = cases[mutation] = _fresh(maker, mutation.story)
        mutation.change(case)
        for table, own in case.rows.items():
            rows[table] += own
    load(engine, rows)
    noticed: dict[tuple[str, int], set[str]] = defaultdict(set)
    with engine.connect() as connection:
        for table in ENTITIES:
            scan = scan_table(connection, suites[table], Scope(kind="full"), NOW)
            for rule in suites[table].rules:
                for entity_id in scan.ids_of(rule.id):
                    noticed[ENTITIES[table], entity_id].add(rule.id)
    return {
        mutation: sorted(set().union(*(noticed[entity, row_id] for entity, row_id, _ in case.entities())))
        for mutation, case in cases.items()
    }


def page(found: dict[Mutation, list[str]]) -> str:
    """Markdown: what no rule notices, with the reason, then who notices what."""
    silent = [mutation for mutation, rules in found.items() if not rules]
    lines = [
        "# Mutation coverage",
        "",
        "Clean rows are changed column by column; this page says which rules notice. Made by",
        "`python -m tests.quality.mutation_page`; a test holds it current.",
        "",
        f"{len(found)} mutations, {len(found) - len(silent)} noticed, {len(silent)} not.",
        "",
        "## What no rule notices, and why",
        "",
        "| mutation | why not |",
        "|---|---|",
        *(f"| {mutation.name} | {REASONS[mutation.what]} |" for mutation in silent),
        "",
        "## Who notices what",
        "",
        "| mutation | rules |",
        "|---|---|",
        *(f"| {mutation.name} | {', '.join(rules)} |" for mutation, rules in found.items() if rules),
    ]
    return "\n".join(lines) + "\n"


def _fresh(maker: Maker, story: str) -> Case:
    case = maker.begin(story, _TENANT)
    STORIES[story][0](maker)
    return case


_TENANT = Tenant(id=1)


def _changes(column: str, value: object) -> Iterator[tuple[str, object]]:
    if column in _UNTOUCHED or value is None:
        return
    yield from _led_astray(column, value)
    if isinstance(value, datetime):
        yield f"move {column} by an hour", value + timedelta(hours=1)
    elif value in (0, 1) and isinstance(value, int):
        yield f"flip {column}", 1 - value
    if column not in _NOT_NULL:
        yield f"lose {column}", None
    if column in _WORDS:
        yield f"change {column}", _ANOTHER.get((column, value), _ANOTHER.get((column, None)))


def _led_astray(column: str, value: object) -> Iterator[tuple[str, object]]:
    if column == "company_id":
        yield "give it to another tenant", _OTHER_TENANT
    elif column in _OF_OTHER_TENANT:
        yield f"lead {column} to another tenant", _OF_OTHER_TENANT[column]
    elif column.endswith("_id") and isinstance(value, int) and not column.startswith("calcom"):
        yield f"lead {column} nowhere", 999_999_999


_OF_OTHER_TENANT = {"branch_id": "b2", "staff_id": "s2-0", "service_id": 21, "phone_number_id": "p2"}
_WORDS = frozenset({
    "status", "direction", "session_outcome", "call_status", "customer_link_status", "appointment_link_status",
})  # fmt: skip
_NOT_NULL = frozenset({
    "company_id", "retell_call_id", "status", "source", "name",
    "appointment_made", "booking_failed", "requires_manual_processing", "customer_name_verified",
    "customer_link_status", "appointment_link_status", "converted_to_appointment", "calcom_sync_status",
})  # fmt: skip
_ANOTHER: dict[tuple[str, object], str] = {
    ("status", "completed"): "failed", ("status", None): "completed", ("direction", None): "outbound",
    ("session_outcome", "appointment_booked"): "information_only", ("session_outcome", None): "appointment_booked",
    ("call_status", None): "failed", ("customer_link_status", None): "failed",
    ("appointment_link_status", None): "creation_failed",
}  # fmt: skip


def _setting(table: str, column: str, value: object) -> Change:
    def change(case: Case) -> None:
        case.rows[table][0][column] = value

    return change


def _doubled(case: Case) -> None:
    case.add("appointments", {**case.appointment, "id": case.appointment["id"] + 10**9, "calcom_v2_booking_id": None})
