"""What the daily report asks of the database: the statements `sql/queries/report_*.sql`, by name."""

from collections.abc import Callable

from sqlalchemy.engine import Connection

from data_consistency.db import sql


def reader(connection: Connection) -> Callable[..., list[dict[str, object]]]:
    """A function that answers the report's questions: `ask("findings", start=...)` runs report_findings.sql."""

    def ask(name: str, /, **params: object) -> list[dict[str, object]]:
        return [dict(row) for row in sql.run(connection, f"report_{name}", **params).mappings()]

    return ask
