"""Statements for a source that keeps wall times, as text."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from data_consistency.errors import InvalidRule
from data_consistency.project import shipped
from data_consistency.rules.converting import in_utc
from data_consistency.rules.functions import read_sql
from data_consistency.rules.tokens import Tokens
from data_consistency.rules.wall_times import WallTimes, wall_times
from data_consistency.schema.inventory import own_tables, tables_beside

_FIXED = ZoneInfo("Etc/GMT-2")  # two hours ahead of UTC, always
_AHEAD = "INTERVAL 7200 SECOND"
_SLOT = "TO_DAYS({0}) * 3 + HOUR({0}) DIV 8"


def _walls(*columns: str) -> WallTimes:
    rows = tuple((table, name, True, True) for table, name in (column.split(".") for column in columns))
    found = wall_times(_FIXED, (*rows, ("calls", "id", False, True), ("calls", "kept", False, False)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("SELECT c.made, c.id FROM calls AS c", f"SELECT (c.made - {_AHEAD}) AS `made`, c.id FROM calls AS c"),
        ("SELECT MIN(c.made) AS at FROM calls AS c", f"SELECT MIN((c.made - {_AHEAD})) AS at FROM calls AS c"),
        ("SELECT c.* FROM calls AS c", f"SELECT (c.`made` - {_AHEAD}) AS `made`, c.`id` FROM calls AS c"),
        (
            "SELECT 1 FROM calls AS c WHERE c.made >= :since",
            f"SELECT 1 FROM calls AS c WHERE c.made >= :since + {_AHEAD} AND (c.made - {_AHEAD}) >= :since",
        ),
        (
            "SELECT 1 FROM calls AS c WHERE c.made = :at",
            f"SELECT 1 FROM calls AS c WHERE c.made = (CAST(:at AS DATETIME(6)) + {_AHEAD})"
            f" AND (c.made - {_AHEAD}) = :at",
        ),
        (
            "UPDATE calls AS t SET t.made = :after, t.id = 1 WHERE t.made <=> :before",
            f"UPDATE calls AS t SET t.made = (CAST(:after AS DATETIME(6)) + {_AHEAD}), t.id = 1"
            f" WHERE (t.made - {_AHEAD}) <=> :before",
        ),
        ("UPDATE calls AS t SET t.made = NULL WHERE t.id = 1", "UPDATE calls AS t SET t.made = NULL WHERE t.id = 1"),
        ("SELECT 1 FROM calls AS c WHERE c.made IS NULL", "SELECT 1 FROM calls AS c WHERE c.made IS NULL"),
        ("SELECT x.made FROM others AS x, 'calls'", "SELECT x.made FROM others AS x, 'calls'"),
        (
            "SELECT r.id FROM others AS r WHERE r.made > :a UNION ALL SELECT r.made FROM calls AS r",
            "SELECT r.id FROM others AS r WHERE r.made > :a"
            f" UNION ALL SELECT (r.made - {_AHEAD}) AS `made` FROM calls AS r",
        ),
    ],
)
def test_wall_times_are_moments_to_whom_reads_and_writes(statement: str, changed: str) -> None:
    """What names a column that keeps them is changed, by the table that its alias names there, and nothing else."""
    assert changed == in_utc(statement, _walls("calls.made"))


def test_slots_are_compared_by_the_figures_that_they_are_made_from() -> None:
    """A parameter is put on the wall for them, a stored time stands as it is; two kinds of slots are refused."""
    slots = ", ".join(_SLOT.format(time) for time in (":now", "c.created_at"))
    told = f"SELECT 1 FROM calls AS c WHERE c.consistency_slot IN ({slots})"
    on_wall = f"(CAST(:now AS DATETIME(6)) + {_AHEAD})"
    both = "SELECT c.consistency_slot = a.consistency_slot FROM calls AS c INNER JOIN appointments AS a ON a.id = c.id"

    assert told.replace(_SLOT.format(":now"), _SLOT.format(on_wall)) == in_utc(told, _walls("calls.created_at"))
    assert told == in_utc(told, _walls("calls.updated_at"))
    with pytest.raises(InvalidRule, match="keep their times differently"):
        in_utc(both, _walls("calls.created_at"))


def test_a_source_of_instants_or_in_utc_is_read_as_it_stands() -> None:
    """There is nothing to convert by, so that no statement can change."""
    assert wall_times(_FIXED, (("calls", "made", False, True),)) is None
    assert wall_times(ZoneInfo("Etc/UTC"), (("calls", "made", True, True),)) is None


def test_times_of_the_source_stand_under_an_alias_in_every_file() -> None:
    """Bare ones would be read as they are stored."""
    assert [] == list(_bare_times())


def _bare_times() -> Iterator[str]:
    project = shipped()
    times = {
        name[3:]: set(re.findall(r"^    (\w+) TIMESTAMP", project.text("source", name), re.MULTILINE))
        for name in project.names("source")
    }
    for part in ("facts", "candidates", "queries", "corrections"):
        for name in project.names(part):
            tokens = Tokens(read_sql(project, part, name))
            columns = set().union(*(times[table] for table in times.keys() & tokens.tables))
            for at in range(len(tokens)):
                is_bare = tokens.word(at - 1) not in {".", "AS", ":"} and tokens.word(at + 1) not in {".", "IS"}
                if tokens.name(at) in columns and is_bare:
                    yield f"{part}/{name}: {tokens.slice(at, at + 1)}"


def test_tables_of_ours_are_known_by_their_names() -> None:
    """They keep UTC; the query that asks for wall times leaves them out."""
    named = re.compile(r"^(consistency|circuit_breaker)_|^(data_consistency_alerts|manual_review_queue)$")
    ours = {*own_tables(shipped()), *tables_beside(shipped())}

    assert {name for name in ours if not named.search(name)} == set()
