"""The canonical tables: generation S1 of the source, as `sql/source/` has it; rules and corrections speak of them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from data_consistency.errors import InvalidMapping
from data_consistency.project import Project

# Without these three, and these columns of them, nothing can be checked at all.
REQUIRED_TABLES = ("calls", "appointments", "customers")
REQUIRED_COLUMNS = ("id", "company_id", "created_at")
_CREATE = re.compile(r"^CREATE TABLE (?P<table>\w+) \(\n(?P<body>.*?)^\)", re.MULTILINE | re.DOTALL)
# A column's name is in lower case, the keywords of keys and constraints are not.
_COLUMN = re.compile(r"^    (?P<name>[a-z]\w*) (?P<type>[A-Z]+(?:\([\d, ]+\))?)", re.MULTILINE)
_KINDS = {"JSON": "document", "TIMESTAMP": "time", "DECIMAL": "decimal"}


class Kind(StrEnum):
    """What a column holds, as far as a mapping must know."""

    TEXT = "text"
    WHOLE = "whole number"
    DECIMAL = "decimal"
    TIME = "time"
    DOCUMENT = "document"


@lru_cache(maxsize=4)
def canonical_tables(project: Project) -> Mapping[str, Mapping[str, str]]:
    """Types of the columns of every canonical table, as the source declares them, in its order."""
    texts = (project.text("source", name) for name in project.names("source"))
    found = (match for text in texts for match in _CREATE.finditer(text))
    return {match["table"]: {c["name"]: c["type"] for c in _COLUMN.finditer(match["body"])} for match in found}


def kind_of(sql_type: str) -> Kind:
    """What a column of this type holds."""
    name = sql_type.split("(")[0].upper()
    if name.endswith("INT"):
        return Kind.WHOLE
    return Kind(_KINDS.get(name, "text"))


def require_canonical(project: Project, table: str, column: str | None, where: str) -> None:
    """Refuse a name that the canonical schema does not have.

    Raises:
        InvalidMapping: names the table or column and says what there is.
    """
    tables = canonical_tables(project)
    if table not in tables:
        raise InvalidMapping(f"{where}: '{table}' is no canonical table; there are {', '.join(tables)}")
    if column is not None and column not in tables[table]:
        raise InvalidMapping(f"{where}: '{column}' is no column of the canonical table {table}; see sql/source/")
