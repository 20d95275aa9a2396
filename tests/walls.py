"""A source that keeps wall times: its DATETIME columns hold what the clocks of its zone showed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, event, text
from sqlalchemy.engine import Connection

from consistency_sandbox.servers import private
from consistency_sandbox.trial.examples import Example, Row, RuleExamples
from data_consistency.project import shipped
from tests import worlds
from tests.schemas import drop_schema

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")

# Tables of the source, each with its columns that keep times.
Times = Mapping[str, frozenset[str]]
_TABLES = frozenset(name[3:] for name in shipped().names("source"))
_TIMES = (
    "SELECT table_name, column_name, datetime_precision FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND data_type = '{}'"
)


def as_wall_times(connection: Connection) -> None:
    """Make every TIMESTAMP of a source that we have not touched a DATETIME; what stands there is not changed."""
    rows = connection.execute(text(_TIMES.format("timestamp"))).all()
    for table in {str(table) for table, _, _ in rows}:
        changes = ", ".join(f"MODIFY `{name}` DATETIME({digits}) NULL" for of, name, digits in rows if of == table)
        connection.execute(text(f"ALTER TABLE `{table}` {changes}"))


@contextmanager
def examples_schema(server: private.Server, name: str) -> Iterator[tuple[str, Times]]:
    """A schema for examples of rules, with what keeps times: no triggers, so that bad rows can exist."""
    server.create_schema(name)
    url = server.url(name)
    try:
        worlds.create(url, changed=as_wall_times)
        engine = worlds.make_engine(url)
        with engine.begin() as connection:
            theirs = text("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()")
            for trigger in connection.execute(theirs).scalars().all():
                connection.execute(text(f"DROP TRIGGER `{trigger}`"))
            found: dict[str, set[str]] = {}
            for table, column, _ in connection.execute(text(_TIMES.format("datetime"))):
                found.setdefault(str(table), set()).add(str(column))
        engine.dispose()
        yield url, {table: frozenset(found[table]) for table in found if table in _TABLES}
    finally:
        drop_schema(server, name)


def without_foreign_keys(engine: Engine) -> Engine:
    """The engine, whose connections check no foreign keys."""

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: object) -> None:
        with dbapi_connection.cursor() as cursor:
            cursor.execute("SET SESSION foreign_key_checks = 0")

    return engine


def on_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks showed at a moment in UTC, without a zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def shown_on_walls(examples: RuleExamples, times: Times, zone: ZoneInfo) -> RuleExamples:
    """The same examples as a source of that zone would keep them."""

    def row(table: str, values: Row) -> Row:
        columns = times.get(table, frozenset())
        return {name: _shown(value, zone) if name in columns else value for name, value in values.items()}

    def example(one: Example) -> Example:
        return replace(
            one,
            row=row(examples.table, one.row),
            related={table: [row(table, other) for other in rows] for table, rows in one.related.items()},
            corrected=row(examples.table, one.corrected) if isinstance(one.corrected, dict) else one.corrected,
        )

    return replace(
        examples,
        world={table: [row(table, other) for other in rows] for table, rows in examples.world.items()},
        violating=tuple(map(example, examples.violating)),
        satisfying=tuple(map(example, examples.satisfying)),
    )


def _shown(value: Any, zone: ZoneInfo) -> Any:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{on_wall(moment, zone):%Y-%m-%d %H:%M:%S}" if isinstance(moment, datetime) else value
