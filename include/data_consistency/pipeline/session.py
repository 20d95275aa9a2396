"""The life of a run."""

from data_consistency.ledger import runs
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def begin(rt: Runtime, run_id: str, kind: str, actor: str, *, dry_run: bool | None = None) -> None:
    """Note that a run began, or goes on after a retry."""
    fingerprint = rt.rule_set()
    effective = rt.source.dry_run if dry_run is None else dry_run
    with rt.transaction() as connection:
        runs.start(connection, run_id, kind=kind, actor=actor, dry_run=effective, rule_set=fingerprint, now=rt.now())
    logger.info("run begins run=%s kind=%s dry_run=%s rule_set=%s", run_id, kind, effective, fingerprint[:12])


def finish(rt: Runtime, run_id: str, *, counts: dict[str, object] | None = None, error: str | None = None) -> None:
    """Note how a run ended."""
    with rt.transaction() as connection:
        runs.finish(connection, run_id, now=rt.now(), counts=counts, error=error)
