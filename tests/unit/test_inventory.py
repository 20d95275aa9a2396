"""What is ours in a schema is read from the files that make it."""

from data_consistency.project import shipped
from data_consistency.schema import inventory, trigger_files, versions

_FOLDER = shipped().home / "sql" / "migrations"
# Holds no statement of a version: it is filled in where it is used.
_TEMPLATES = {"trigger_probe"}


def test_every_file_that_makes_something_is_known() -> None:
    """A table, column or index that a migration makes is looked for, granted and put back."""
    made = {path.parent.name for path in _FOLDER.rglob("*.up.sql")} - {_FOLDER.name}
    texts = [path.read_text(encoding="utf-8") for path in _FOLDER.rglob("*.up.sql")]
    tables = inventory.own_tables(shipped())

    assert {path.name for path in _FOLDER.iterdir() if path.is_dir()} - made == _TEMPLATES
    assert sum(text.count("CREATE TABLE IF NOT EXISTS") for text in texts) == len(tables)
    # A primary key comes with a column of its own, which is looked for.
    added = sum(text.count("\nADD ") - text.count("\nADD PRIMARY KEY") for text in texts)
    known = [part for table in tables.values() for part in table.parts if part.since != table.since]
    assert added == len(known) + len(inventory.on_source(shipped()))


def test_versions_are_in_a_line_and_each_part_has_one() -> None:
    """No gap, no twin, and nothing is made by a version that does not exist."""
    names = versions.known()
    parts = [part for table in inventory.own_tables(shipped()).values() for part in table.parts]

    assert sorted(set(names)) == list(names)
    assert {part.since for part in [*parts, *inventory.on_source(shipped())]} <= set(names)


def test_triggers_read_and_write_columns_that_are_known() -> None:
    """Rights and refusals are made from the text of the triggers."""
    written, needed = trigger_files.written(shipped()), trigger_files.needed(shipped())

    assert {"direction", "appointment_made", "customer_link_confidence", "session_outcome"} <= written
    assert {("calls", column) for column in written} <= needed
    assert ("appointments", "call_id") in needed
