"""The daily full check: every rule over every row, judged in Great Expectations and published as data docs."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import Connection

from data_consistency.db import engine
from data_consistency.detect import scopes
from data_consistency.detect.opening import open_check
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CheckNotEvaluated, NotStored
from data_consistency.logs import logger_of
from data_consistency.pipeline.check import Look, record
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Scan, Scope, TableCounts
from data_consistency.runtime import Runtime
from data_consistency.storage import storing

logger = logger_of(__name__)

DATA_DOCS = "data_docs"  # folder under var/: the site that people read
VALIDATIONS = "validations"  # folder under var/: the results behind it


def full_check(rt: Runtime, *, run_id: str) -> tuple[TableCounts, ...]:
    """Validate every suite over its whole table in Great Expectations, publish data docs, record the findings.

    Raises:
        CheckNotEvaluated: a rule could not be evaluated; everything else is stored and published all the same.
        NotStored: results or pages could not be written; the findings are recorded all the same.
    """
    # Importing Great Expectations costs seconds; only this step pays.
    from data_consistency.gx import suites as gx_suites

    suites = rt.suites()
    with rt.transaction() as connection:
        openings = {table: open_check(connection, suite) for table, suite in suites.items()}
        reaches = {table: scopes.full_scope(connection, suite) for table, suite in suites.items()}
    scans: dict[str, Scan] = {}
    unwritten: NotStored | None = None
    try:
        with storing(rt.settings.var):
            gx_suites.validate(
                rt.engine.url,
                suites,
                {table: _scanner(rt, suite, scans) for table, suite in suites.items()},
                docs_dir=site(rt),
                results_dir=rt.folder(VALIDATIONS),
                run_name=run_id,
                run_time=rt.now(),
            )
    except NotStored as error:
        unwritten = error
    for table in suites.keys() - scans.keys():  # not reached, as the disk was full before
        with rt.transaction() as connection:
            scans[table] = scan_table(connection, suites[table], Scope(kind="full"), rt.now())
    counts: list[TableCounts] = []
    silent: list[str] = []
    for table, scan in scans.items():
        try:
            look = Look(scan=scan, opening=openings[table], reach=reaches[table])
            counts.append(record(rt, suites[table], look, run_id=run_id))
        except CheckNotEvaluated as error:
            silent.append(str(error))
    if unwritten is not None:
        raise unwritten
    if silent:
        raise CheckNotEvaluated("; ".join(silent))
    return tuple(counts)


def site(rt: Runtime) -> Path:
    """Folder of the data docs and the report."""
    return rt.folder(DATA_DOCS)


def _scanner(rt: Runtime, suite: Suite, scans: dict[str, Scan]) -> Callable[[Connection], Scan]:
    def scan(connection: Connection) -> Scan:
        engine.prepare(connection, rt.project, rt.source.timezone)
        scans[suite.table] = scan_table(connection, suite, Scope(kind="full"), rt.now())
        return scans[suite.table]

    return scan
