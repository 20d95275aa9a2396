"""The life of a run."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.engine import Connection

from data_consistency.errors import DataConsistencyError
from data_consistency.ledger import incidents, runs
from data_consistency.logs import logger_of
from data_consistency.pipeline import sound_schema
from data_consistency.runtime import Runtime
from data_consistency.schema import drift

# What an incident about the schema itself names in place of a rule and a table.
SCHEMA = "schema"

logger = logger_of(__name__)


def begin(rt: Runtime, run_id: str, kind: str, actor: str, *, dry_run: bool | None = None) -> None:
    """Note that a run began, or goes on after a retry; what is missing in the schema is told and waits for a person.

    Raises:
        SchemaNotReady: a table of ours is missing, so that nothing could be recorded.
    """
    fingerprint = rt.rule_set()
    effective = rt.source.dry_run if dry_run is None else dry_run

    def start(connection: Connection) -> list[runs.Dead]:
        faults = sound_schema.faults(connection, rt)
        dead = runs.end_dead(connection, rt.now())
        for run in dead:
            _tell(connection, rt, run)
        runs.start(connection, run_id, kind=kind, actor=actor, dry_run=effective, rule_set=fingerprint, now=rt.now())
        _note_drift(rt, connection, faults, run_id)
        return dead

    for run in rt.repeated(start):
        logger.warning(
            "run ended for it: no sign of life since %s run=%s", f"{run.alive_at:%Y-%m-%d %H:%M}", run.run_id
        )
    logger.info("run begins run=%s kind=%s dry_run=%s rule_set=%s", run_id, kind, effective, fingerprint[:12])


def _note_drift(rt: Runtime, connection: Connection, faults: tuple[drift.Fault, ...], run_id: str) -> None:
    for fault in faults:
        logger.warning("not as it should be: %s", fault)
    if not faults:
        incidents.close_of(connection, kind=incidents.DRIFT, rule=SCHEMA, table=SCHEMA, run_id=run_id, now=rt.now())
        return
    incidents.open_incident(
        connection,
        kind=incidents.DRIFT,
        rule=SCHEMA,
        table=SCHEMA,
        found=len(faults),
        cap=0,
        detail=drift.told(faults),
        run_id=run_id,
        now=rt.now(),
    )


def finish(
    rt: Runtime,
    run_id: str,
    *,
    counts: dict[str, object] | None = None,
    error: str | None = None,
    is_whole: bool = True,
) -> None:
    """Note how a run ended; one of a single table or company is not taken for the whole of its kind."""

    def end(connection: Connection) -> None:
        runs.finish(connection, run_id, now=rt.now(), counts=counts, error=error, beats=is_whole)
        if error is None:
            incidents.close_deaths(connection, run_id=run_id, now=rt.now())

    rt.repeated(end)


@contextmanager
def ending(rt: Runtime, run_id: str) -> Iterator[None]:
    """Note of a run whose work fails that it did; its own error is told, whatever becomes of the note."""
    try:
        yield
    except DataConsistencyError as error:
        with suppress(DataConsistencyError):
            finish(rt, run_id, error=type(error).__name__)
        raise


def _tell(connection: Connection, rt: Runtime, run: runs.Dead) -> None:
    incidents.open_incident(
        connection,
        kind=incidents.RUN_DIED,
        rule=run.kind,
        table="consistency_runs",
        found=1,
        cap=0,
        detail=f"run {run.run_id} gave no sign of life since {run.alive_at:%Y-%m-%d %H:%M} UTC and was ended for it",
        run_id=run.run_id,
        now=rt.now(),
    )
