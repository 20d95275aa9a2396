"""The gate is the only way: proved by reading the code and every SQL file of the project."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from data_consistency.project import shipped

_PACKAGE = Path(__file__).resolve().parents[2] / "include" / "data_consistency"
_SQL = shipped().home / "sql"
_WRITES = re.compile(
    r"(?<!FOR )\bUPDATE\s|\b(?:INSERT\s+(?:IGNORE\s+)?INTO|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE|LOAD\s+DATA)\b"
)
_RAW = frozenset({"execute", "exec_driver_sql", "executemany", "scalars", "scalar"})
# The one statement of sql/queries/ that changes source rows; it is run by a leave alone.
_ROLL_BACK = "roll_back_booking"
# Functions in which the text of a write stands. Each hands it to a leave.
_WRITERS = {"correct/changing.py:_write", "correct/restoring.py:_write", "correct/history.py:_write"}
# Reads the files of triggers by patterns, and sends nothing.
_PATTERNS = {"schema/trigger_files.py"}
# Modules that send texts of their own, each looked at: what they send reads, or is about the schema or the session.
_SENDERS = {
    "breaker/store.py",  # begins and ends a transaction
    "correct/beside.py",  # reads columns that nobody writes
    "correct/changing.py",  # reads the rows that it locks
    "correct/gate.py",  # the gate
    "correct/proposals.py",  # a correction file, which is one SELECT
    "correct/reach.py",  # explains one
    "correct/restoring.py",  # reads the rows that it locks
    "correct/undo.py",  # switches our triggers for the session
    "db/engine.py",
    "db/marker.py",
    "db/server.py",  # asks for the version
    "db/sql.py",  # statements by name
    "db/transactions.py",
    "detect/accelerated.py",  # bits of an index of ours
    "detect/opening.py",  # how far the reads of others reach
    "detect/pairs.py",  # reads rows that the facts put together
    "detect/parents.py",  # what rows that others refer to look like
    "detect/scan.py",  # facts and conditions
    "detect/scopes.py",
    "detect/sets.py",  # candidates, which are one SELECT
    "health/structure.py",  # tries to read views of a mapping
    "schema/accelerating.py",  # counts rows once, before a column of ours is made
    "schema/ddl.py",
    "schema/definer.py",
    "schema/drift.py",  # tries to read tables of ours
    "schema/mapped_views.py",
    "schema/locking.py",
    "schema/migrations.py",
    "schema/rights.py",  # asks for the account and its grants
    "schema/steps.py",
    "schema/triggers.py",
    "schema/views.py",
}


def _source_tables() -> frozenset[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in (_SQL / "source").glob("*.sql"))
    return frozenset(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?`?(\w+)`?", text))


@lru_cache(maxsize=1)
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(
        (path.relative_to(_PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(_PACKAGE.rglob("*.py"))
    )


def _docstrings(tree: ast.AST) -> set[int]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _writing_texts(tree: ast.AST, docstrings: set[int]) -> list[ast.Constant]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and _WRITES.search(node.value)
    ]


def _method(call: ast.Call) -> str | None:
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def test_the_tables_of_the_source_are_known() -> None:
    """What the tests below protect."""
    assert {"calls", "appointments", "customers", "companies", "staff", "phone_numbers"} <= _source_tables()


def test_texts_that_write_stand_where_they_are_handed_to_a_leave() -> None:
    """In three functions, and what each sends by itself was made before the writing text, so that it is another."""
    writers = {}
    for name, tree in _modules():
        docstrings = _docstrings(tree)
        inside = {id(text) for function in _functions(tree) for text in _writing_texts(function, docstrings)}
        outside = [text.value for text in _writing_texts(tree, docstrings) if id(text) not in inside]
        assert outside == [] or name in _PATTERNS, name
        for function in _functions(tree):
            if texts := _writing_texts(function, docstrings):
                writers[f"{name}:{function.name}"] = (function, min(text.lineno for text in texts))

    assert set(writers) == _WRITERS
    for place, (function, line) in writers.items():
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and node.lineno >= line]
        assert "write" in {_method(call) for call in calls}, place
        assert not _RAW & {_method(call) for call in calls}, place


def test_nobody_else_sends_a_text_of_their_own() -> None:
    """A module that is new here is to be looked at: does it change rows of the source?"""
    found = {
        name
        for name, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and _method(node) in {"execute", "exec_driver_sql", "executemany"}
        # `super().execute(...)` is an operator's.
        and not (isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call))
    }

    assert found == _SENDERS


def test_no_driver_is_used_beside_the_engine() -> None:
    """A connection of a driver's own would pass every other proof."""
    for name, tree in _modules():
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names} | {
            node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        }
        drivers = {one for one in imported if one.partition(".")[0] in {"pymysql", "MySQLdb", "mysql", "mariadb"}}
        # Its errors, names and ways of writing values open no connection.
        assert drivers <= {f"pymysql.{part}" for part in ("err", "charset", "constants", "converters")}, name


def _written(path: Path) -> set[str]:
    """Tables that a statement may change; of an UPDATE those that it joins as well."""
    text = re.sub(r"(?<!:):[a-z_]+", "1", path.read_text(encoding="utf-8")).replace("LOCK IN SHARE MODE", "")
    tree = sqlglot.parse_one(text, dialect="mysql")
    if not isinstance(tree, exp.Update | exp.Insert | exp.Delete):
        return set()
    target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    joins = (target.args.get("joins") or []) + (tree.args.get("joins") or [])
    return {table.name for table in (target, *(join.this for join in joins)) if isinstance(table, exp.Table)}


def _named(argument: ast.expr) -> str:
    """The name of a statement that is handed on, or what it begins with; empty: it is none, or a variable."""
    first = argument.values[0] if isinstance(argument, ast.JoinedStr) else argument
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def test_statements_by_name_that_change_source_rows_are_run_by_a_leave() -> None:
    """One there is; its name stands in one call, that of a leave, and no name is put together that could be it."""
    files = sorted((_SQL / "queries").glob("*.sql"))
    calls = [
        (name, call, _named(argument))
        for name, tree in _modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _method(call) in {"run", "run_many", "query"}
        for argument in call.args
    ]

    assert [_ROLL_BACK] == [path.stem for path in files if _written(path) & _source_tables()]
    uses = {(name, ast.unparse(call.func)) for name, call, named in calls if named and _ROLL_BACK.startswith(named)}
    # Its text is read once more, for the fingerprint of what was done.
    assert {("booking/records.py", "leave.run"), ("booking/records.py", "sql.query")} == uses


def test_the_other_files_of_sql_change_no_source_row() -> None:
    """Corrections propose, facts and views read, migrations change the schema; triggers are the last line."""
    pattern = re.compile(
        rf"\b(?:UPDATE|INSERT\s+(?:IGNORE\s+)?INTO|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+`?"
        rf"(?:{'|'.join(sorted(_source_tables()))})\b",
        re.IGNORECASE,
    )
    for path in sorted(_SQL.rglob("*.sql")):
        part = path.relative_to(_SQL).parts[0]
        # Triggers are made of blocks; what a probe sends changes no row by its own words.
        if part not in {"queries", "triggers", "blocks", "source"}:
            lines = path.read_text(encoding="utf-8").splitlines()
            text = "\n".join(line for line in lines if line[:2] != "--" and not line.endswith(" WHERE FALSE;"))
            assert not pattern.search(text), path.name
