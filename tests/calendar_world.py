"""A calendar of a fake Cal.com beside a schema of ours."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.records import Record
from data_consistency import pipeline
from data_consistency.calendar.calcom import Limits
from data_consistency.calendar.calcom.accounts import Account
from data_consistency.calendar.calcom.connection import HOSTED, Versions
from data_consistency.calendar.port import ConnectedCalendar
from data_consistency.ledger import queue
from data_consistency.ledger.items import Item
from data_consistency.ledger.runs import new_run_id
from data_consistency.pipeline.reconcile import Reconciliation, reconcile
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import worlds

# No waits: a limit of requests and a second try are the client's own matter.
QUICK = Limits(retries=0, rate_limit_waits=0, requests_per_minute=10_000)


@dataclass
class Calendar:
    """A fake Cal.com and our schema, side by side."""

    rt: Runtime
    fake: FakeCalcom
    sources: list[ConnectedCalendar] = field(default_factory=list)

    def connect(
        self,
        company: int = 1,
        *,
        key: str = KEY,
        types: tuple[int, ...] = (),
        limits: Limits = QUICK,
        versions: Versions = HOSTED,
    ) -> None:
        """Connect a company."""
        connection = self.fake.connection(key=key, limits=limits, versions=versions)
        account = Account(company_id=company, connection=connection, event_type_ids=types)
        self.sources.append(ConnectedCalendar(company_id=company, account=account))

    def reconcile(self, *, horizon: bool = False, company: int | None = None) -> Reconciliation:
        """One run, with the review queue filled."""
        self.fake.world.clock.advance((utc_now() - self.fake.world.clock.now()).total_seconds())
        run_id = new_run_id("reconcile", self.rt.now(), self.rt.source)
        pipeline.begin(self.rt, run_id, "reconcile", "test")
        result = reconcile(self.rt, self.sources, run_id=run_id, horizon=horizon, company=company)
        pipeline.fill_review_queue(self.rt, run_id=run_id)
        return result

    def coming(self, days: float = 2) -> datetime:
        """A time to book, UTC, to the minute."""
        return (utc_now() + timedelta(days=days)).replace(second=0, microsecond=0)

    def mirror(self, columns: str = "company_id, calcom_uid, status") -> list[tuple[object, ...]]:
        """What the mirror holds."""
        return worlds.execute(self.rt.engine, f"SELECT {columns} FROM consistency_calcom_bookings ORDER BY id")

    def readings(self, columns: str) -> list[tuple[object, ...]]:
        """How far the readings came: changes, horizon."""
        return worlds.execute(
            self.rt.engine, f"SELECT {columns} FROM consistency_calcom_readings ORDER BY company_id, kind"
        )

    def heartbeats(self) -> set[str]:
        """The sources that have reported."""
        rows = worlds.execute(self.rt.engine, "SELECT name FROM consistency_heartbeats WHERE name LIKE 'calcom%'")
        return {str(name) for (name,) in rows}

    def incidents(self) -> dict[str, str]:
        """Open incidents: of what, and why."""
        return {incident.rule: incident.detail for incident in decisions.list_incidents(self.rt)}

    def methods(self) -> set[str]:
        """Of the requests that came in."""
        return {request.method for request in self.fake.world.log}

    def findings(self) -> set[tuple[str, int]]:
        """Open findings of rules that need the calendar."""
        needing = {rule.id for suite in self.rt.suites().values() for rule in suite.rules if rule.needs}
        rows = worlds.execute(
            self.rt.engine,
            "SELECT alert_type, entity_id FROM data_consistency_alerts WHERE status IN ('open', 'in_review')",
        )
        return {(str(rule), int(str(entity))) for rule, entity in rows if rule in needing}

    def item(self, rule: str, entity_id: int | None = None) -> Item:
        """The one open question of a rule, or of a rule and a row."""
        with self.rt.transaction() as connection:
            (item,) = [
                item
                for item in queue.list_items(connection)
                if item.rule_id == rule and entity_id in {None, item.entity_id}
            ]
        return item

    def move_here(self, row: int) -> None:
        """What the application notes of an appointment that was moved in it."""
        worlds.execute(
            self.rt.engine,
            "INSERT INTO appointment_modifications (appointment_id, modification_type, created_at)"
            " VALUES (:id, 'reschedule', UTC_TIMESTAMP())",
            id=row,
        )

    def age(self, uid: str, minutes: float = 10) -> None:
        """What happened to a booking just now, as if it had happened a while ago: readers ask for what has settled."""
        record = self.fake.world.stored(uid)
        assert record is not None
        long = timedelta(minutes=minutes)
        updated = None if record.updated_at is None else record.updated_at - long
        self.fake.world.put(replace(record, created_at=record.created_at - long, updated_at=updated), lag=0.0)

    def book(self, record: Record, **values: object) -> int:
        """The appointment of a booking, as it should be."""
        row: dict[str, object] = {
            **{"company_id": 1, "starts_at": naive(record.start), "ends_at": naive(record.end)},
            **{"status": "confirmed", "calcom_booking_id": record.id, "calcom_v2_booking_uid": record.uid},
            **{"calcom_sync_status": "synced", **values},
        }
        return worlds.add_appointment(self.rt.engine, **row)


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def naive(moment: datetime) -> datetime:
    """A time as the database gives it."""
    return moment.astimezone(UTC).replace(tzinfo=None)
