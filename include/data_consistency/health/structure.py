"""Signs of the schema: our parts in it, the triggers, the views of a mapping, and what this account may do there."""

from collections.abc import Iterator, Sequence

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.errors import DataConsistencyError
from data_consistency.health.sign import Look, Word, fine, sign, unseen, wrong
from data_consistency.schema import accelerator, drift, inventory, mapped_views, migrations, rights, triggers
from data_consistency.schema.mapping import load_mapping

_MAPPING_FILES = ".json"


@sign("schema", "`consistency migrate` puts back what is missing and brings an older schema up to date")
def _schema(look: Look) -> Iterator[Word]:
    """A table, column, index or view of ours is missing or different, or its version is behind or ahead of the code."""
    faults = [
        fault for fault in drift.look(look.connection) if not _is_of_triggers(fault) and not _is_of_accelerator(fault)
    ]
    if faults:
        yield wrong(*drift.parted(faults))
    else:
        yield fine(f"version {migrations.current(look.connection)}, newest {migrations.latest()}")


@sign("triggers", "`consistency migrate`, or `consistency triggers install`")
def _triggers(look: Look) -> Iterator[Word]:
    """A trigger is missing, changed or of another release, or the account that they act as is gone or lacks a right."""
    faults = drift.look(look.connection)
    if any(fault.stops for fault in faults):
        yield unseen("cannot be judged: tables of ours are missing", "`consistency migrate` puts them back")
    elif apart := [fault for fault in faults if _is_of_triggers(fault)]:
        yield wrong(*drift.parted(apart))
    elif not triggers.are_seen(look.connection):
        yield unseen("this account cannot see them", "look as the corrector")
    else:
        yield fine(triggers.not_wanted(look.connection) or "as in sql/triggers/")


def _is_of_triggers(fault: drift.Fault) -> bool:
    """Theirs have a sign of their own: they are what a write of the application meets."""
    return fault.name.startswith("trigger")


@sign("accelerator", "`consistency accelerate on TABLE` builds it anew")
def _accelerator(look: Look) -> Iterator[Word]:
    """A table's accelerator is gone, or does not fit the rules as they are: what it does not answer is scanned."""
    faults = drift.look(look.connection)
    if any(fault.stops for fault in faults):
        yield unseen("cannot be judged: tables of ours are missing", "`consistency migrate` puts them back")
    elif apart := [fault for fault in faults if _is_of_accelerator(fault)]:
        yield wrong(*drift.parted(apart))
    else:
        yield fine(f"on {', '.join(names)}" if (names := accelerator.wishes(look.connection)) else "none is wanted")


def _is_of_accelerator(fault: drift.Fault) -> bool:
    """Without it everything is found all the same."""
    return fault.name.startswith(drift.ACCELERATOR)


@sign("engines", "`ALTER TABLE name ENGINE = InnoDB`")
def _engines(look: Look) -> Iterator[Word]:
    """A table of ours, or one that is corrected, is not kept by InnoDB: a write that fails stays half done."""
    wanted = {*inventory.own_tables(look.rt.project), *look.suites}
    others = sorted(
        f"{row.name} ({row.engine})"
        for row in sql.run(look.connection, "tables_here")
        if str(row.name) in wanted and not row.is_view and str(row.engine).lower() != "innodb"
    )
    yield wrong(f"without transactions: {', '.join(others)}") if others else fine("InnoDB everywhere")


@sign("mapping", "`consistency mapping create --file FILE`, then `consistency migrate`")
def _mapping(look: Look) -> Iterator[Word]:
    """The mapping that is configured is not in force, its file is wrong, or one of its views cannot be read."""
    named, here = look.rt.source.mapping, mapped_views.read(look.connection)
    if (wrong_file := _file_of(look, named)) is not None:
        yield wrong_file
    elif named is not None and not here.tables:
        yield wrong(f"'{named}' is configured, and no mapping is in force")
    elif broken := _unreadable(look.connection, sorted(here.views)):
        yield wrong(f"cannot be read any more: {', '.join(broken)}; a column or table of the source has changed")
    else:
        yield fine(f"'{here.name}' on {len(here.views)} tables" if here.tables else "none")


def _file_of(look: Look, named: str | None) -> Word | None:
    path = None if named is None else look.rt.project.file("mappings", named, _MAPPING_FILES)
    if named is None:
        return None
    if path is None:
        return wrong(f"'{named}' is configured, and there is no sql/mappings/{named}.json", "correct `mapping`")
    try:
        load_mapping(look.rt.project, path)
    except DataConsistencyError as error:
        return wrong(str(error), f"mend sql/mappings/{named}.json")
    return None


def _unreadable(connection: Connection, views: Sequence[str]) -> list[str]:
    found = []
    for view in views:
        try:
            connection.exec_driver_sql(f"SELECT 1 FROM `{view}` LIMIT 0")  # noqa: S608  # a name of ours
        except DBAPIError as error:
            if server_errors.code_of(error) not in {server_errors.INVALID_VIEW, server_errors.NO_SUCH_TABLE}:
                raise
            found.append(view)
    return found


@sign("rights", "run what `consistency grants ROLE --user name@host --schema SCHEMA` prints")
def _rights(look: Look) -> Iterator[Word]:
    """The database user lacks a right of its role: the one that `--role` names, or the one that it comes nearest to."""
    held = rights.held(look.connection)
    role = look.role or rights.nearest(look.rt.project, held)
    if lacking := rights.lacking(look.rt.project, held, role):
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        yield wrong(
            f"{held.user} lacks, as {role}: {'; '.join(lacking[:5])}{more}",
            f"run what `consistency grants {role} --user {held.user} --schema {held.schema}` prints",
        )
    else:
        yield fine(f"{held.user} has what role {role} needs")
