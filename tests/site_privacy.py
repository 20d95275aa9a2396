"""What must never be published: every name, number, address and text of the people in a database."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection

# Columns that hold something about a person. Short values (initials, "+49") would match by chance.
PERSONAL = {
    "customers": ("name", "email", "phone"),
    "calls": ("customer_name", "extracted_name", "name", "from_number", "transcript", "summary", "retell_call_id"),
    "staff": ("name", "email"),
}
# A number that is no number, and the demo's own word for a person.
_IMPERSONAL = frozenset({"anonymous", "unknown", "blocked", "private", "withheld"})
_SHORTEST = 5


def personal_values(connection: Connection) -> frozenset[str]:
    """Every value of a personal column that stands in the database now."""
    values: set[str] = set()
    for table, wanted in PERSONAL.items():
        rows = connection.execute(
            text(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_schema = DATABASE() AND table_name = :table"
            ),
            {"table": table},
        )
        present = {str(row[0]) for row in rows}
        for column in sorted(present & set(wanted)):
            found = connection.execute(text(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"))
            values.update(str(row[0]).strip() for row in found)
    return frozenset(value for value in values if len(value) >= _SHORTEST and value.lower() not in _IMPERSONAL)


def leaks(folder: Path, values: frozenset[str]) -> list[str]:
    """Which files below a folder hold which personal value; vendored files are not ours to search."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "vendor" not in path.relative_to(folder).parts:
            content = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{path.relative_to(folder)}: {value}" for value in values if value in content]
    return found
