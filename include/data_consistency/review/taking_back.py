"""Taking changes back: by run, rule or row, in one transaction."""

from sqlalchemy.engine import Connection

from data_consistency.correct.undo import Selection, UndoCounts
from data_consistency.correct.undo import undo as undo_changes
from data_consistency.correct.warrant import Authority, Warrant
from data_consistency.errors import WrongUse
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

    Rows that somebody changed since are refused and named; all others are restored in one transaction. It goes on while
    corrections are switched off, and in a dry run: that is what the switch is thrown for.

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

    def take_back(connection: Connection) -> UndoCounts:
        if run_id is not None:
            known.require_run(connection, run_id)
        if rule is not None or table is not None:
            known.require_corrected(connection, rule=rule, table=table, entity_id=entity_id)
        runs.start(connection, undo_run, kind="undo", actor=person.name, dry_run=False, rule_set=rule_set, now=now)
        counts = undo_changes(
            connection, selection, entities=entities, actor=person.name, run_id=undo_run, now=now, warrant=warrant
        )
        runs.finish(connection, undo_run, now=now, counts={"undone": counts.undone, "refused": counts.refused})
        return counts

    counts = rt.repeated(take_back)
    logger.info("undone run=%s undone=%d refused=%d", undo_run, counts.undone, counts.refused)
    return counts
