"""What the demo measures: wrong calls, what stands in every row, the queue, what was written."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import queue
from data_consistency.ledger.items import Item
from data_consistency.runtime import Runtime

SOURCE_TABLES = ("calls", "appointments", "customers")
_NONE = [0]  # no row has this id
_ALL_ITEMS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The database at one moment."""

    wrong: Mapping[str, int]  # calls by what is wrong with them, counted without our rules
    wrong_calls: int
    wrong_outside_queue: int  # those that no open review item asks about
    rows: Mapping[str, str]  # digest of every source column, by table and id
    written: Mapping[str, int]  # rows of ours so far
    findings: tuple[tuple[str, str, int, int, int, int, int], ...]  # entity, rule, found and what became of it
    questions: tuple[Item, ...]  # open review items that name candidates

    @property
    def wrong_in_queue(self) -> int:
        """Wrong calls that wait for a person."""
        return self.wrong_calls - self.wrong_outside_queue

    def changes_since(self, earlier: "Facts") -> int:
        """Rows that differ, and rows of ours that were added, since another moment."""
        rows = sum(self.rows.get(key) != earlier.rows.get(key) for key in self.rows.keys() | earlier.rows.keys())
        return rows + sum(abs(self.written[name] - earlier.written[name]) for name in self.written if name != "calls")


def measure(rt: Runtime) -> Facts:
    """Look at the database."""
    with rt.transaction() as connection:
        items = queue.list_items(connection, limit=_ALL_ITEMS)
        asked = [item.entity_id for item in items if item.entity == "call"]
        wrong = _wrong(connection, _NONE)
        outside = _wrong(connection, asked or _NONE)
        found = sql.run(connection, "findings_by_rule").mappings()
        return Facts(
            wrong={name: count for name, count in wrong.items() if name != "wrong_calls"},
            wrong_calls=wrong["wrong_calls"],
            wrong_outside_queue=outside["wrong_calls"],
            rows=_digests(connection),
            written={
                str(name): int(count) for name, count in sql.run(connection, "count_written").mappings().one().items()
            },
            findings=tuple(
                (
                    str(row["entity_type"]),
                    str(row["alert_type"]),
                    int(row["found"]),
                    int(row["corrected"]),
                    int(row["in_review"]),
                    int(row["resolved"]),
                    int(row["still_open"]),
                )
                for row in found
            ),
            questions=tuple(item for item in items if candidates(item)),
        )


def correcting_runs(rt: Runtime) -> list[tuple[str, int]]:
    """Runs whose corrections still stand, newest first, and how many each made."""
    with rt.transaction() as connection:
        return [(str(run_id), int(count)) for run_id, count in sql.run(connection, "correcting_runs")]


def candidates(item: Item) -> list[int]:
    """Ids of the rows a reviewer should look at."""
    found = item.context.get("candidates")
    return [int(str(each)) for each in found] if isinstance(found, list) else []


def _wrong(connection: Connection, left_out: list[int]) -> dict[str, int]:
    row = sql.run(connection, "count_wrong_calls", ids=left_out).mappings().one()
    return {str(name): int(count) for name, count in row.items()}


def _digests(connection: Connection) -> dict[str, str]:
    """Digest of each row; `*` leaves our own change time out, for it is invisible."""
    digests = {}
    for table in SOURCE_TABLES:
        rows = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").mappings()  # noqa: S608  # own names
        for row in rows:
            digests[f"{table} {row['id']}"] = hashlib.sha256(repr(dict(row)).encode()).hexdigest()
    return digests
