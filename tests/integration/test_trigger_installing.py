"""Installing, dropping and verifying triggers: every drift is found and mended, and nobody else's are touched."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from data_consistency.db.sql import PROJECT
from data_consistency.errors import InvalidRule
from data_consistency.project import Project, shipped
from data_consistency.schema import triggers
from tests.trigger_world import World

pytestmark = pytest.mark.every_server

FOLDER = shipped().home / "sql" / "triggers"
ORIGINAL_NAMES = {
    "before_insert_call_set_direction",
    "before_update_call_sync_customer_link",
    "before_insert_call_validate_outcome",
    "before_update_call_validate_outcome",
    "after_insert_appointment_sync_call",
    "after_delete_appointment_sync_call",
}
_WRONG = (
    (
        "other",
        "CREATE TRIGGER t\nAFTER DELETE ON calls\nFOR EACH ROW\nBEGIN\n  SET @x = @consistency_triggers;\nEND",
    ),
    ("t", "SELECT 1"),
    ("t", "CREATE TRIGGER t\nAFTER DELETE ON calls\nFOR EACH ROW\nBEGIN\n  SET @x = 1;\nEND"),
    (
        "t",
        "CREATE TRIGGER t\nAFTER DELETE ON calls\nFOR EACH ROW FOLLOWS nobody\n"
        "BEGIN\n  SET @x = @consistency_triggers;\nEND",
    ),
)


def test_six_names_stay_and_headers_name_their_rules() -> None:
    """Every file says what it is for, and the rules it names exist."""
    names = {path.stem for path in FOLDER.glob("*.sql")}
    suites = "".join(path.read_text(encoding="utf-8") for path in (shipped().home / "expectations").glob("*.json"))

    assert names > ORIGINAL_NAMES
    for path in FOLDER.glob("*.sql"):
        first, second, *_ = path.read_text(encoding="utf-8").splitlines()
        assert first.startswith(f"-- {path.stem}: ")
        assert second.startswith(("-- enforces: ", "-- notes for: "))
        rules = re.findall(r"(\w+) \([A-Z]-\d\d\)", second)
        assert rules
        assert [rule for rule in rules if f'"rule": "{rule}"' not in suites] == []


def test_installing_and_dropping_can_be_repeated(own_world: World) -> None:
    """Twice is once; the source's own triggers are never touched."""
    probe = "consistency_trigger_probe_report"
    theirs = {"before_appointment_insert_company_check", "before_appointment_update_company_check", probe}
    ours = {path.stem for path in FOLDER.glob("*.sql")}
    listing = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
    with own_world.engine.connect() as connection:
        triggers.install(connection)
        triggers.install(connection)
        assert {row[0] for row in connection.execute(text(listing))} == ours | theirs
        assert triggers.verify(connection) == []

        triggers.drop(connection)
        triggers.drop(connection)
        assert {row[0] for row in connection.execute(text(listing))} == theirs
        assert {drift.name for drift in triggers.verify(connection)} == ours


def test_verify_finds_every_drift_and_install_mends_it(own_world: World) -> None:
    """Missing, changed, in the wrong order, of another account, or left behind by an older version."""
    create = "CREATE TRIGGER {} AFTER DELETE ON calls FOR EACH ROW SET @x = {}"
    first, last = "before_insert_call_set_direction", "after_update_appointment_sync_call"
    with own_world.engine.connect() as connection:
        (mine,) = [trigger for trigger in triggers.wanted(connection) if trigger.name == first]
        (others,) = [trigger for trigger in triggers.wanted(connection) if trigger.name == last]
        connection.execute(text("DROP TRIGGER after_insert_appointment_sync_call"))
        connection.execute(text("DROP TRIGGER after_delete_appointment_sync_call"))
        connection.execute(text(create.format("after_delete_appointment_sync_call", "1")))
        connection.execute(text(create.format("left_behind", "@consistency_triggers")))
        connection.execute(text(create.format("of_somebody_else", "2")))
        for trigger, account in ((mine, "'consistency_definer'@'localhost'"), (others, "'root'@'localhost'")):
            connection.execute(text(f"DROP TRIGGER {trigger.name}"))
            connection.exec_driver_sql(trigger.statement(account), execution_options={"no_parameters": True})

        found = {(drift.name, drift.kind) for drift in triggers.verify(connection)}
        installed = triggers.install(connection)

        assert found == {
            ("after_insert_appointment_sync_call", "missing"),
            ("after_delete_appointment_sync_call", "changed"),
            ("after_update_appointment_sync_call", "definer"),
            ("before_insert_call_validate_outcome", "changed"),
            ("left_behind", "unexpected"),
        }
        assert installed is None
        assert triggers.verify(connection) == []
        listing = "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()"
        assert "of_somebody_else" in {row[0] for row in connection.execute(text(listing))}


def test_wrong_file_is_named_and_nothing_is_dropped(own_world: World, tmp_path: Path) -> None:
    """A file that is not one trigger of its own name, with our switch, after one that exists, is an error."""
    for number, (name, statement) in enumerate(_WRONG):
        folder = tmp_path / str(number) / "sql" / "triggers"
        folder.mkdir(parents=True)
        (folder / f"{name}.sql").write_text(statement, encoding="utf-8")
        project = Project((tmp_path / str(number), *shipped().folders))
        own = own_world.engine.execution_options(**{PROJECT: project})

        with own.connect() as connection, pytest.raises(InvalidRule, match=rf"{name}\.sql"):
            triggers.install(connection)
        with own_world.engine.connect() as connection:
            assert triggers.verify(connection) == []
