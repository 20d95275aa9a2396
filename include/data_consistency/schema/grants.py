"""Grants: the statements that give a database user what its part of the work needs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data_consistency.errors import WrongUse
from data_consistency.project import Project
from data_consistency.rules.corrections import CORRECTABLE
from data_consistency.rules.facts import CHANGE_COLUMN
from data_consistency.schema import trigger_files
from data_consistency.schema.inventory import own_tables

_NAME = re.compile(r"[A-Za-z0-9_$-]{1,64}")
_ACCOUNT = re.compile(r"(?P<name>[A-Za-z0-9_.$-]{1,80})@(?P<host>[A-Za-z0-9_.:%-]{1,255})")
# Tables of ours that no run writes: an administrator makes keys, and of the probe nothing is ever kept. To the others
# runs only add, or lock rows there: the files name them.
_KEPT_BY_OTHERS = frozenset(
    {
        *("consistency_api_keys", "consistency_trigger_probe"),
        *("consistency_corrections", "consistency_events", "consistency_undos", "consistency_gates"),
        "consistency_gate_uses",
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the database server."""

    name: str
    host: str

    def __str__(self) -> str:
        """As people type it."""
        return f"{self.name}@{self.host}"

    @property
    def quoted(self) -> str:
        """As a statement wants it."""
        return f"'{self.name}'@'{self.host}'"


def account(text: str) -> Account:
    """An account as people type it.

    Raises:
        WrongUse: it cannot be one.
    """
    found = _ACCOUNT.fullmatch(text)
    if found is None:
        raise WrongUse(f"user '{text}': use name@host, such as booking@%")
    return Account(found["name"], found["host"])


def statements(project: Project, role: str, *, user: str, schema: str) -> str:
    """The statements of a role, with user and schema filled in.

    Raises:
        WrongUse: there is no such role, or a name that cannot be one.
    """
    roles = project.names("grants")
    if role not in roles:
        raise WrongUse(f"no role '{role}'; there are {', '.join(roles)}")
    who = account(user)
    if not _NAME.fullmatch(schema):
        raise WrongUse(f"schema '{schema}': letters, digits, _ and - only")
    text = f"{project.text('grants', role)};"
    text = "\n\n".join(repeated for part in text.split("\n\n") for repeated in _repeated(project, part))
    # An underscore in a name of a schema means any letter, unless it is written with care.
    pattern = schema.replace("_", "\\_")
    text = text.replace(":place.*", f"`{pattern}`.*").replace(":place", f"`{schema}`")
    return text.replace(":account", who.quoted)


def _repeated(project: Project, part: str) -> Iterator[str]:
    """A part of a file once for each table that it is about."""
    rows: list[Mapping[str, str]] = [{}]
    if ":own_table" in part:
        rows = [{":own_table": table} for table in sorted(own_tables(project)) if table not in _KEPT_BY_OTHERS]
    elif ":correctable_table" in part:
        rows = [
            {":correctable_table": table, ":correctable_columns": _listed({*columns, CHANGE_COLUMN})}
            for table, columns in sorted(CORRECTABLE.items())
        ]
    elif ":trigger_columns" in part:
        rows = [{":trigger_columns": _listed(trigger_files.written(project))}]
    for row in rows:
        text = part
        for name, value in row.items():
            text = text.replace(name, value)
        yield text


def _listed(columns: set[str] | frozenset[str]) -> str:
    """Names in brackets, some a line."""
    lines: list[list[str]] = [[]]
    for name in sorted(columns):
        if sum(len(each) + 2 for each in (*lines[-1], name)) > 110:
            lines.append([])
        lines[-1].append(name)
    return "\n    " + ",\n    ".join(", ".join(line) for line in lines) + "\n"
