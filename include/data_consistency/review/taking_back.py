"""Taking changes back: by run, rule or row, in one transaction, or row by row where one row ends it each time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency import progress
from data_consistency.correct import undo as undoing
from data_consistency.correct.changing import held
from data_consistency.correct.undo import Selection, UndoCounts
from data_consistency.correct.undo import undo as undo_changes
from data_consistency.correct.warrant import Authority, Warrant
from data_consistency.db import server_errors
from data_consistency.db.transactions import repeated
from data_consistency.errors import DatabaseUnavailable, WrongUse
from data_consistency.ledger import known, runs
from data_consistency.logs import logger_of
from data_consistency.review.viewers import Role, Viewer, require
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def undo(
    rt: Runtime,
    person: Viewer,
    *,
    run_id: str | None = None,
    rule: str | None = None,
    table: str | None = None,
    entity_id: int | None = None,
) -> UndoCounts:
    """Take audited changes back: by run, rule or row.

    Rows that somebody changed since, or that the database refuses, are named with the reason; all others are restored,
    in one transaction unless a row ends it each time. It goes on while corrections are switched off, and in a dry run:
    that is what the switch is thrown for.

    Raises:
        WrongUse: nothing selected (undoing everything at once is not offered), nothing of that name, or they may not.
    """
    if run_id is None and rule is None and (table is None or entity_id is None):
        raise WrongUse("say what to undo: a run, a rule, or a table and an id")
    is_one_row = table is not None and entity_id is not None
    require(person, Role.REVIEWER if is_one_row else Role.ADMIN, "take changes of a run or rule back")
    now = rt.now()
    undo_run = runs.new_run_id("undo", now, rt.source)
    entities = {suite.table: suite.entity for suite in rt.suites().values()}
    companies = None if person.companies is None else tuple(sorted(person.companies))
    selection = Selection(run_id=run_id, rule=rule, table=table, entity_id=entity_id, companies=companies)
    warrant = Warrant(authority=Authority.UNDO, source=rt.source, dry_run=rt.source.dry_run)
    rule_set = rt.rule_set()

    def take_back(connection: Connection, only: Selection) -> UndoCounts:
        runs.start(connection, undo_run, kind="undo", actor=person.name, dry_run=False, rule_set=rule_set, now=now)
        return undo_changes(
            connection, only, entities=entities, actor=person.name, run_id=undo_run, now=now, warrant=warrant
        )

    def take_all_back(connection: Connection) -> UndoCounts:
        if run_id is not None:
            known.require_run(connection, run_id)
        if rule is not None or table is not None:
            known.require_corrected(connection, rule=rule, table=table, entity_id=entity_id)
        counts = take_back(connection, selection)
        _finish(connection, undo_run, counts, now)
        return counts

    try:
        counts = rt.repeated(take_all_back)
    except DatabaseUnavailable as error:
        if not server_errors.may_be_about_rows(error):
            raise
        logger.warning("undone row by row run=%s why=%s", undo_run, error)
        counts = _row_by_row(rt, selection, take_back)
        rt.repeated(lambda connection: _finish(connection, undo_run, counts, now))
    logger.info("undone run=%s undone=%d refused=%d", undo_run, counts.undone, counts.refused)
    return counts


def _finish(connection: Connection, undo_run: str, counts: UndoCounts, now: datetime) -> None:
    runs.finish(connection, undo_run, now=now, counts={"undone": counts.undone, "refused": counts.refused})


def _row_by_row(
    rt: Runtime, selection: Selection, take_back: Callable[[Connection, Selection], UndoCounts]
) -> UndoCounts:
    """Each row in a transaction of its own, where one that is held, or ends every transaction, keeps all from it."""
    with rt.transaction() as connection:
        rows = undoing.rows(connection, selection)
    counts = UndoCounts()
    for number, (table, entity_id) in enumerate(rows):
        progress.tell("taking back row by row", number, len(rows))
        only = replace(selection, table=table, entity_id=entity_id)
        try:
            done = repeated(rt.engine, partial(_take_one_back, only=only, take_back=take_back), attempts=1)
        except DatabaseUnavailable as error:
            if not server_errors.may_be_about_rows(error):
                raise
            done = _refused(rt, only, server_errors.refusal_of(server_errors.driver_error(error) or error))
        counts = undoing.both(counts, done)
    return counts


def _take_one_back(
    connection: Connection, *, only: Selection, take_back: Callable[[Connection, Selection], UndoCounts]
) -> UndoCounts:
    assert only.table is not None
    assert only.entity_id is not None
    if held(connection, only.table, [only.entity_id]):
        return undoing.not_to_be_had(connection, only, "somebody else holds the row; undo it later")
    return take_back(connection, only)


def _refused(rt: Runtime, only: Selection, why: str) -> UndoCounts:
    with rt.transaction() as connection:
        return undoing.not_to_be_had(connection, only, why)
