"""The world of a seed: cases in a fixed mixture, some of them with labelled faults, loaded in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import Engine, text

from tests.quality import (
    faults_appointments,
    faults_calendar,
    faults_calls,
    faults_claims,
    faults_customers,
    faults_identity,
)
from tests.quality.cases import NOW, Case, Row
from tests.quality.decoys import DECOYS
from tests.quality.faults import Fault
from tests.quality.stories import STORIES, Maker
from tests.quality.tenants import CALLS_PER_TENANT, Tenant

FAULTS = (
    *faults_claims.FAULTS,
    *faults_calls.FAULTS,
    *faults_identity.FAULTS,
    *faults_appointments.FAULTS,
    *faults_calendar.FAULTS,
    *faults_customers.FAULTS,
)
_CHUNK_CASES = 4000
_DECOY_SHARE = 0.04
_ORDER = (
    *("companies", "branches", "staff", "phone_numbers", "services", "customers", "calls", "appointments"),
    *("appointment_phases", "appointment_modifications", "retell_call_sessions", "retell_error_log"),
    *("consistency_calcom_bookings", "consistency_heartbeats"),
)


@dataclass(slots=True, kw_only=True)
class Labelled:
    """A case that went wrong, with what it was before."""

    case: Case
    clean: Case
    faults: tuple[Fault, ...]


@dataclass(slots=True, kw_only=True)
class World:
    """What was loaded."""

    calls: int = 0
    decoys: int = 0
    labelled: list[Labelled] = field(default_factory=list)


def build(engine: Engine, *, seed: int, calls: int, fault_share: float) -> World:
    """Fill an empty schema; the same seed and size give the same world.

    Every fault appears at least once, as far as the cases reach.
    """
    world = World()
    chunk: dict[str, list[Row]] = {}
    for number, case in enumerate(
        _cases(world, Random(f"{seed}:cases"), Random(f"{seed}:faults"), calls, fault_share), 1
    ):
        for table, rows in case.rows.items():
            chunk.setdefault(table, []).extend(rows)
        if number % _CHUNK_CASES == 0:
            load(engine, chunk)
            chunk = {}
    load(engine, chunk)
    with engine.begin() as connection:
        for table in ("calls", "appointments", "customers"):
            connection.execute(text(f"ANALYZE TABLE {table}"))
    return world


def _cases(world: World, rng: Random, chance: Random, calls: int, share: float) -> Iterator[Case]:
    tenants = [Tenant(id=n) for n in range(1, max(3, calls // CALLS_PER_TENANT) + 1)]
    for tenant in tenants:
        for table, row in tenant.rows():
            yield Case(story="tenant", rows={table: [row]})
    yield Case(story="calendar", rows={"consistency_heartbeats": [{"name": "calcom", "seen_at": NOW}]})
    maker = Maker(rng)
    names, weights = list(STORIES), [weight for _, weight in STORIES.values()]
    waiting = list(range(len(FAULTS)))
    chance.shuffle(waiting)
    used: set[int] = set()
    while world.calls < calls:
        tenant = rng.choice(tenants)
        if rng.random() < _DECOY_SHARE:
            decoy = rng.choice(DECOYS)
            case = maker.begin(decoy.__name__, tenant)
            decoy(maker)
            world.decoys += 1
        else:
            name = rng.choices(names, weights)[0]
            case = maker.begin(name, tenant)
            STORIES[name][0](maker)
            _spoil(world, case, chance, share, waiting, used)
        world.calls += len(case.rows.get("calls", []))
        yield case


def _spoil(world: World, case: Case, chance: Random, share: float, waiting: list[int], used: set[int]) -> None:
    if chance.random() >= share:
        return
    fitting = [n for n, fault in enumerate(FAULTS) if case.story in fault.stories and not (fault.once and n in used)]
    if not fitting:
        return
    first = next((n for n in waiting if n in fitting), None)
    if first is None:
        first = chance.choice(fitting)
    else:
        waiting.remove(first)
    chosen = [first]
    if FAULTS[first].combines:
        others = [n for n in fitting if FAULTS[n].combines and FAULTS[n].rule != FAULTS[first].rule]
        chosen += chance.sample(others, k=min(len(others), chance.choice((0, 1, 2))))
        chosen = [n for n in chosen if n == first or FAULTS[n].rule not in {FAULTS[m].rule for m in chosen if m < n}]
    used.update(chosen)
    clean = case.copy()
    for number in chosen:
        FAULTS[number].change(case, chance)
    world.labelled.append(Labelled(case=case, clean=clean, faults=tuple(FAULTS[n] for n in chosen)))


def load(engine: Engine, rows_of: dict[str, list[Row]]) -> None:
    """Insert rows of any tables, in the order their references ask for."""
    with engine.begin() as connection:
        connection.execute(text("SET SESSION foreign_key_checks = 0"))
        for table in _ORDER:
            by_columns: dict[tuple[str, ...], list[Row]] = {}
            for row in rows_of.get(table, []):
                by_columns.setdefault(tuple(sorted(row)), []).append(row)
            for columns, rows in by_columns.items():
                marks = ", ".join(f"%({column})s" for column in columns)
                statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
                connection.exec_driver_sql(statement, rows)
        connection.execute(text("SET SESSION foreign_key_checks = 1"))
