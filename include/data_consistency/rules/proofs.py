"""What was found while rules were proved, kept in a file: the processes of a run after the first parse no SQL.

The file holds a hash of every text that takes part, our own code included. Where it does not fit, cannot be read or
cannot be written, the rules are proved anew, which costs a second and changes nothing.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data_consistency.project import Project
from data_consistency.rules import Suite, facts, language
from data_consistency.rules import following as ways

_FILE = "proved-rules.json"
_PARTS = ("corrections", "facts", "functions")
_QUERIES = ("changed_", "children_")


def recall(project: Project, suites: Mapping[str, Suite], folder: Path) -> bool:
    """Take over what was found of these very texts before; False: nothing was, they must be proved."""
    try:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        if kept["key"] != _key(project):
            return False
        for table in suites:
            _take_over(project, table, kept["tables"][table])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def keep(project: Project, suites: Mapping[str, Suite], folder: Path) -> None:
    """Keep what was found of rules that have been proved; where the folder cannot be written, nothing is kept."""
    tables = {table: _found(project, suite) for table, suite in suites.items()}
    partial = folder / f"{_FILE}.{os.getpid()}"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"key": _key(project), "tables": tables}), encoding="utf-8")
        partial.replace(folder / _FILE)


def _key(project: Project) -> str:
    digest = hashlib.sha256(version("sqlglot").encode())
    for text in _texts(project):
        digest.update(b"\x1f" + text)
    return digest.hexdigest()


def _texts(project: Project) -> Iterator[bytes]:
    for path in sorted(Path(__file__).parent.glob("*.py")):
        yield path.read_bytes()
    for table, paths in project.suites().items():
        yield from (table.encode(), *(path.read_bytes() for path in paths))
    for part in _PARTS:
        for name in project.names(part):
            yield from (name.encode(), project.text(part, name).encode())
    for name in project.names("queries"):
        if name.startswith(_QUERIES):
            yield from (name.encode(), project.text("queries", name).encode())


def _found(project: Project, suite: Suite) -> dict[str, Any]:
    known = facts.load_facts(project, suite.table)
    followed = ways.following(project, known)
    return {
        "columns": known.columns,
        "conditions": {rule.condition: sorted(language.columns_of(rule, known)) for rule in suite.rules},
        "references": [(one.table, one.column, one.is_child) for one in followed.references],
        "parents": [(one.table, one.compared, one.named_by, one.by_hand) for one in followed.parents],
        "by_hand": followed.by_hand,
        "tables": sorted(followed.tables),
        "reads_everything": followed.reads_everything,
    }


def _take_over(project: Project, table: str, kept: Mapping[str, Any]) -> None:
    facts.remember(project, table, tuple(kept["columns"]))
    known = facts.load_facts(project, table)
    for condition, columns in kept["conditions"].items():
        language.remember(condition, known, frozenset(columns))
    references = (ways.Reference(table=t, column=c, is_child=child) for t, c, child in kept["references"])
    parents = (
        ways.Parent(table=t, compared=tuple(compared), named_by=tuple(named_by), by_hand=by_hand)
        for t, compared, named_by, by_hand in kept["parents"]
    )
    followed = ways.Following(
        table=table,
        references=tuple(references),
        parents=tuple(parents),
        by_hand=tuple(kept["by_hand"]),
        tables=frozenset(kept["tables"]),
        reads_everything=bool(kept["reads_everything"]),
    )
    ways.remember(project, known, followed)
