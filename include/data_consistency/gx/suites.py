"""Validation of the suites by Great Expectations, with results kept and published."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.datasource.fluent.interfaces import TestConnectionError
from great_expectations.exceptions.exceptions import GreatExpectationsError
from sqlalchemy import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from data_consistency.db import server_errors
from data_consistency.db.server_errors import Kind
from data_consistency.errors import InvalidRule, WrongUse
from data_consistency.gx import context, docs
from data_consistency.gx.expectation import DESCRIPTION, ExpectRowsToSatisfy, Scanner, validating
from data_consistency.logs import logger_of
from data_consistency.rules import HOUSE_EXPECTATION, Suite
from data_consistency.rules.loading import document
from data_consistency.rules.outcomes import Scan

KEEP_PER_SUITE = 60
_UNSAFE_IN_PATHS = re.compile(r"[^A-Za-z0-9_-]+")

logger = logger_of(__name__)


def validate(
    url: str | URL,
    suites: Mapping[str, Suite],
    scanners: Mapping[str, Scanner],
    *,
    docs_dir: Path,
    results_dir: Path,
    run_name: str,
    run_time: datetime,
    build_docs: bool = True,
    keep: int = KEEP_PER_SUITE,
) -> dict[str, Scan]:
    """Validate every suite in GX, store the results, publish data docs.

    Args:
        url: of the operational database.
        suites: by table.
        scanners: by table; each runs the house's statement on the connection of GX's execution engine.
        docs_dir: of the site; pages of earlier runs stay.
        results_dir: of the results; those of earlier runs stay.
        run_name: names the run in results and pages.
        run_time: UTC; a naive time is taken for UTC too.
        build_docs: whether to publish.
        keep: how many results of a suite to keep.

    Returns:
        What each scanner found, by table.

    Raises:
        InvalidRule: GX reads a suite differently from the strict loader.
        DatabaseUnavailable: the database did not answer.
        DatabaseRefused: it says no.
        OSError: results or pages could not be written; half of one is taken out by the next validation.
        WrongUse: a table has no scanner.
    """
    _refuse_missing_scanners(suites, scanners)
    aware = run_time.replace(tzinfo=UTC) if run_time.tzinfo is None else run_time
    run_id = RunIdentifier(run_name=safe_run_name(run_name), run_time=aware)
    docs.drop_halves(results_dir, docs_dir)
    with quiet():
        project = context.create(docs_dir=docs_dir, results_dir=results_dir)
        with _errors_as_ours():
            scans = _scans(project, make_url(url), suites, scanners, run_id)
        docs.prune(results_dir, docs_dir, keep)
        if build_docs:
            docs.build(project, docs_dir)
    return scans


def _scans(
    project: Any, url: URL, suites: Mapping[str, Suite], scanners: Mapping[str, Scanner], run_id: RunIdentifier
) -> dict[str, Scan]:
    # GX takes $NAME in a URL for a variable of its own.
    text = url.render_as_string(hide_password=False).replace("$", r"\$")
    source = project.data_sources.add_sql("operational", connection_string=text, kwargs={"pool_pre_ping": True})
    try:
        return {table: _validate(project, source, suite, scanners[table], run_id) for table, suite in suites.items()}
    finally:
        # Asking GX for its engines may connect anew, and fail as what came before.
        with suppress(SQLAlchemyError, GreatExpectationsError, TestConnectionError):
            context.dispose(source)


@contextmanager
def _errors_as_ours() -> Iterator[None]:
    """What the driver says, also where GX has wrapped it."""
    try:
        yield
    except (SQLAlchemyError, GreatExpectationsError, TestConnectionError) as error:
        ours = server_errors.translated(error)
        if ours is None:
            raise
        raise ours from error


def load(suite: Suite) -> gx.ExpectationSuite:
    """The GX suite of a file, which must hold exactly the rules the strict loader saw.

    Raises:
        InvalidRule: GX dropped or changed an entry, which it does without an error.
    """
    assert _type_of(ExpectRowsToSatisfy) == HOUSE_EXPECTATION  # importing it registers it
    entries: Any = document(suite)
    for entry in entries["expectations"]:
        entry["meta"][DESCRIPTION] = entry.pop("description")
    loaded = gx.ExpectationSuite(**entries)
    seen = [
        ((entry.meta or {}).get("rule"), entry.condition)
        for entry in loaded.expectations
        if isinstance(entry, ExpectRowsToSatisfy)
    ]
    wanted = [(rule.id, rule.condition) for rule in suite.rules]
    if seen != wanted:
        lost = sorted({rule for rule, _ in wanted} - {rule for rule, _ in seen})
        names = ", ".join(lost) or "their order or conditions"
        raise InvalidRule(f"expectations/{suite.table}.json: Great Expectations reads it differently: {names}; mend it")
    return loaded


def safe_run_name(run_name: str) -> str:
    """The run's name as part of a path and a page."""
    return _UNSAFE_IN_PATHS.sub("-", run_name).strip("-")[:120] or "run"


@contextmanager
def quiet() -> Iterator[None]:
    """GX logs hundreds of lines a run; only what it calls an error is ours to know."""
    library = logging.getLogger("great_expectations")
    level = library.level
    library.setLevel(logging.ERROR)
    try:
        yield
    finally:
        library.setLevel(level)


def _validate(project: Any, source: Any, suite: Suite, scanner: Scanner, run_id: RunIdentifier) -> Scan:
    definition = project.validation_definitions.add(
        gx.ValidationDefinition(
            name=suite.table, data=_batch(source, suite.table), suite=project.suites.add(load(suite))
        )
    )
    with validating(scanner) as once:
        result = definition.run(run_id=run_id, result_format="SUMMARY")
    if once.error is not None:
        raise once.error
    if once.scan is None or len(result.results) != len(suite.rules):
        raise InvalidRule(
            f"expectations/{suite.table}.json: Great Expectations judged {len(result.results)} of {len(suite.rules)}"
            " rules; mend the suite"
        )
    logger.info("suite validated table=%s rules=%d success=%s", suite.table, len(suite.rules), result.success)
    return once.scan


def _batch(source: Any, table: str) -> Any:
    try:
        asset = source.add_table_asset(table, table_name=table)
    except TestConnectionError as error:
        found = server_errors.driver_error(error)
        if found is None or not (server_errors.kind_of(found) is Kind.NAME or server_errors.is_denied(found)):
            raise
        # A missing table is for the scan to report, as a reason of every rule, not for GX to stumble over.
        asset = source.add_query_asset(table, query="SELECT 1 AS table_missing")
    return asset.add_batch_definition_whole_table("all") if asset.type == "table" else asset.add_batch_definition("all")


def _refuse_missing_scanners(suites: Mapping[str, Suite], scanners: Mapping[str, Callable[..., Scan]]) -> None:
    missing = sorted(set(suites) - set(scanners))
    if missing:
        raise WrongUse(f"no scanner for table {missing[0]}; hand one in for each suite")


def _type_of(expectation: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", expectation.__name__).lower()
