"""The daily full check: every rule over every row, judged in Great Expectations and published as data docs."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import Connection

from data_consistency.db import engine
from data_consistency.detect import scopes
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CheckNotEvaluated
from data_consistency.logs import logger_of
from data_consistency.pipeline.check import record_scan
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Scan, Scope, TableCounts
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

DATA_DOCS = "data_docs"  # folder under var/: the site that people read
VALIDATIONS = "validations"  # folder under var/: the results behind it


def full_check(rt: Runtime, *, run_id: str) -> tuple[TableCounts, ...]:
    """Validate every suite over its whole table in Great Expectations, publish data docs, record the findings.

    Raises:
        CheckNotEvaluated: a rule could not be evaluated; everything else is stored and published all the same.
    """
    # Importing Great Expectations costs seconds; only this step pays.
    from data_consistency.gx import suites as gx_suites

    suites = rt.suites()
    with rt.transaction() as connection:
        until = {table: scopes.full_scope(connection, table, None)[1] for table in suites}
    scans = gx_suites.validate(
        rt.engine.url,
        suites,
        {table: _scanner(rt, suite) for table, suite in suites.items()},
        docs_dir=site(rt),
        results_dir=rt.folder(VALIDATIONS),
        run_name=run_id,
        run_time=rt.now(),
    )
    counts: list[TableCounts] = []
    silent: list[str] = []
    for table, scan in scans.items():
        try:
            counts.append(record_scan(rt, scan, run_id=run_id, until=until[table]))
        except CheckNotEvaluated as error:
            silent.append(str(error))
    if silent:
        raise CheckNotEvaluated("; ".join(silent))
    return tuple(counts)


def site(rt: Runtime) -> Path:
    """Folder of the data docs and the report."""
    return rt.folder(DATA_DOCS)


def _scanner(rt: Runtime, suite: Suite) -> Callable[[Connection], Scan]:
    def scan(connection: Connection) -> Scan:
        engine.prepare(connection, rt.project)
        return scan_table(connection, suite, Scope(kind="full"), rt.now())

    return scan
