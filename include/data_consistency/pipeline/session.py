"""Transactions on a schema of ours, and the life of a run."""

import logging
from contextlib import AbstractContextManager

from sqlalchemy.engine import Connection

from data_consistency.db import runs, transactions
from data_consistency.errors import WrongUse
from data_consistency.rules import Suite, rule_set_fingerprint
from data_consistency.runtime import Runtime

logger = logging.getLogger(__name__)


def transaction(rt: Runtime) -> AbstractContextManager[Connection]:
    """One transaction on a schema of ours; driver errors become ours.

    Raises:
        UnmarkedSchema: the schema does not carry our marker.
        DatabaseUnavailable: the database did not answer.
        SchemaNotReady: a table or column of ours is missing.
    """
    return transactions.transaction(rt.engine)


def rolled_back(rt: Runtime) -> AbstractContextManager[Connection]:
    """One transaction on a schema of ours that is never committed; errors as those of `transaction`."""
    return transactions.rolled_back(rt.engine)


def rule_set(rt: Runtime) -> str:
    """Fingerprint of the rules of all suites."""
    return rule_set_fingerprint(rule for suite in rt.suites().values() for rule in suite.rules)


def begin(rt: Runtime, run_id: str, kind: str, actor: str, *, dry_run: bool | None = None) -> None:
    """Note that a run began, or goes on after a retry."""
    fingerprint = rule_set(rt)
    effective = rt.settings.dry_run if dry_run is None else dry_run
    with transaction(rt) as connection:
        runs.start(connection, run_id, kind=kind, actor=actor, dry_run=effective, rule_set=fingerprint, now=rt.now())
    logger.info("run begins run=%s kind=%s dry_run=%s rule_set=%s", run_id, kind, effective, fingerprint[:12])


def finish(rt: Runtime, run_id: str, *, counts: dict[str, object] | None = None, error: str | None = None) -> None:
    """Note how a run ended."""
    with transaction(rt) as connection:
        runs.finish(connection, run_id, now=rt.now(), counts=counts, error=error)


def suite_of(rt: Runtime, table: str) -> Suite:
    """The suite of a table.

    Raises:
        WrongUse: no suite of that name.
    """
    suites = rt.suites()
    if table not in suites:
        raise WrongUse(f"no suite for table '{table}'; there are {', '.join(suites)}")
    return suites[table]
