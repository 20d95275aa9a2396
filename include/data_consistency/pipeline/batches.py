"""The rows of one rule, corrected batch by batch, each in a transaction of its own; and those that cannot be.

A row that somebody else holds waits for the next run. A row by which a transaction fails again and again, whatever the
database says of it, is a person's. Neither keeps the others from being corrected.
"""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency import progress
from data_consistency.correct import applying
from data_consistency.correct.applying import Batch, Order
from data_consistency.correct.changing import held
from data_consistency.correct.plan import CapExceeded
from data_consistency.correct.warrant import Stop
from data_consistency.db import server_errors
from data_consistency.errors import DatabaseUnavailable, GateClosed
from data_consistency.logs import logger_of
from data_consistency.pipeline import approvals
from data_consistency.pipeline.rule_task import OF_ONE_RULE, CorrectionCounts, Failed, Task, add, stop_if_thrown

logger = logger_of(__name__)


def correct(task: Task, ids: Sequence[int], counts: CorrectionCounts) -> CorrectionCounts:
    """Correct rows of a rule.

    Args:
        task: the rule and the run.
        ids: of the rows, as planned.
        counts: of the run so far.

    Raises:
        Stopped: a switch was thrown.
        Failed: the rule cannot be corrected any further.
        DatabaseUnavailable: the database does not answer.
    """
    for start in range(0, len(ids), applying.BATCH_ROWS):
        rest = ids[start:]
        progress.tell(f"correcting by {task.rule.id}", start, len(ids))
        try:
            counts = add(counts, _batch(task, rest[: applying.BATCH_ROWS]))
        except GateClosed as closed:
            return _kept_out(task, closed, rest, counts)
        except OF_ONE_RULE as error:
            raise Failed(counts) from error
    progress.tell(f"correcting by {task.rule.id}", len(ids), len(ids))
    return counts


def _batch(task: Task, ids: Sequence[int]) -> CorrectionCounts:
    """One transaction; several where one row keeps the whole from being made."""
    try:
        return _made(task, ids)
    except DatabaseUnavailable as error:
        if not server_errors.may_be_about_rows(error):
            raise
        found = server_errors.driver_error(error)
        unavailable = error
    if found is not None and server_errors.is_held(found):
        return _without_held(task, ids, unavailable)
    if len(ids) == 1:
        why = server_errors.refusal_of(unavailable if found is None else found)
        asked = task.rt.repeated(partial(_ask, order=task.order(), entity_id=ids[0], why=why))
        return task.counted(asked)
    middle = len(ids) // 2
    return add(_batch(task, ids[:middle]), _batch(task, ids[middle:]))


def _without_held(task: Task, ids: Sequence[int], error: DatabaseUnavailable) -> CorrectionCounts:
    """Correct what nobody else holds; the rest waits for the next run."""
    with task.rt.rolled_back() as connection:
        busy = held(connection, task.rule.table, ids)
    if not busy:
        # Not a row but what the gate asks for first: all of it waits.
        logger.warning("rows are left rule=%s rows=%d run=%s why=%s", task.rule.id, len(ids), task.run_id, error)
        return task.counts(waiting=len(ids))
    logger.warning("rows are held by others rule=%s rows=%d run=%s", task.rule.id, len(busy), task.run_id)
    free = [entity_id for entity_id in ids if entity_id not in busy]
    waiting = task.counts(waiting=len(busy))
    return add(waiting, _batch(task, free)) if free else waiting


def _made(task: Task, ids: Sequence[int]) -> CorrectionCounts:
    batch = task.rt.repeated(partial(_correct, order=task.order(), ids=ids))
    return add(task.counted(batch), task.counts(waiting=len(batch.left)))


def _correct(connection: Connection, *, order: Order, ids: Sequence[int]) -> Batch:
    batch = applying.apply(connection, order, ids)
    approvals.resolve_skipped(connection, order, batch.skipped)
    return batch


def _ask(connection: Connection, *, order: Order, entity_id: int, why: str) -> Batch:
    batch = applying.put_before_a_person(connection, order, entity_id, why)
    approvals.resolve_skipped(connection, order, batch.skipped)
    return batch


def _kept_out(task: Task, closed: GateClosed, rest: Sequence[int], counts: CorrectionCounts) -> CorrectionCounts:
    """What becomes of the rows that the gate has kept out."""
    stop_if_thrown(closed, counts)
    logger.warning("rows are left rule=%s rows=%d run=%s why=%s", task.rule.id, len(rest), task.run_id, closed)
    if closed.reason != Stop.CAP:
        return add(counts, task.counts(waiting=len(rest)))
    # Another run has used the cap up since the plan was made.
    approvals.ask_person(task, CapExceeded(company_id=None, ids=tuple(rest), cap=0))
    return add(counts, task.counts(incidents=1))
