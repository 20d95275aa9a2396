"""Corrections: propose, lock, check again, change, verify, audit; one transaction a batch.

A correction file only *proposes* values. This module asks at the gate, locks the rows, evaluates the rule and the
file's precondition on them again, repeats both and the before values in the UPDATE, and writes rows, audit, ledger,
review items and events together. Values that a person was shown are applied by the same road, exactly as they were
shown.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.correct import gate
from data_consistency.correct.beside import compare, look, names
from data_consistency.correct.changing import change, read_rows
from data_consistency.correct.gate import Leave
from data_consistency.correct.notes import DATABASE, OUT_OF_REACH, PRECONDITION, Order, note, store
from data_consistency.correct.proposals import Proposal, propose
from data_consistency.correct.reach import obstacle
from data_consistency.correct.shown import absent, fitting
from data_consistency.correct.warrant import Authority, ask_of
from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.db.transactions import savepoint
from data_consistency.detect.evidence import silent_rules
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CorrectionFailed, InvalidRule
from data_consistency.ledger import gates
from data_consistency.ledger.plans import Shown
from data_consistency.logs import logger_of
from data_consistency.rules import Rule
from data_consistency.rules.corrections import Correction, load_correction
from data_consistency.rules.outcomes import Scope, Violation
from data_consistency.rules.precondition import Precondition

logger = logger_of(__name__)

BATCH_ROWS = 500
# A signal of a trigger under whatever number, a constraint, a value that does not fit: one row may be the cause.
_MAY_BE_A_ROW = frozenset({Kind.ROW, Kind.OTHER, Kind.NAME, Kind.REFUSED})
# Of these all rows may be: a right, a table or the account of a trigger is missing, and somebody must mend that.
_MAY_BE_ALL_ROWS = frozenset({Kind.NAME, Kind.REFUSED})

__all__ = [
    "BATCH_ROWS",
    "PRECONDITION",
    "Batch",
    "Order",
    "apply",
    "apply_shown",
    "preview",
    "put_before_a_person",
    "still_violating",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What happened to the rows of one batch."""

    corrected: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()  # to review
    skipped: tuple[int, ...] = ()  # no longer violating, or gone
    unfixed: tuple[int, ...] = ()  # the rule is still violated: to review
    left: Mapping[int, str] = field(default_factory=dict)  # must not be changed now, and why
    proposals: tuple[Proposal, ...] = field(default=())


def preview(connection: Connection, order: Order, ids: Sequence[int]) -> list[Proposal]:
    """The plan for the rows that violate the rule now; nothing is locked or changed.

    A row whose values the database cannot even compute is a person's.
    """
    try:
        return _preview(connection, order, ids)
    except DBAPIError as error:
        if server_errors.kind_of(error) not in _MAY_BE_A_ROW - _MAY_BE_ALL_ROWS:
            raise
        refusal = error
    if len(ids) == 1:
        return [_refusal(ids[0], DATABASE, server_errors.refusal_of(refusal))]
    middle = len(ids) // 2
    return preview(connection, order, ids[:middle]) + preview(connection, order, ids[middle:])


def _preview(connection: Connection, order: Order, ids: Sequence[int]) -> list[Proposal]:
    correction = load_correction(sql.project_of(connection), _name(order.rule))
    if (why := obstacle(connection, order.rule, correction)) is not None:
        return _out_of_reach(still_violating(connection, order, ids), why)
    violating = still_violating(connection, order, ids, correction.when)
    before = read_rows(connection, correction.table, sorted(violating), lock=False)
    return _proposals(connection, order, correction, violating, before)


def apply(connection: Connection, order: Order, ids: Sequence[int]) -> Batch:
    """Correct one batch of rows inside the caller's transaction.

    A row that the database itself refuses, by a trigger of somebody else or a constraint, is put before a person; the
    other rows of its batch are corrected all the same.

    Args:
        connection: in a transaction; commit makes rows, audit, ledger, queue and events visible together.
        order: rule, run, actor and warrant.
        ids: at most BATCH_ROWS rows.

    Raises:
        GateClosed: nothing may be written now; the caller's transaction is to be rolled back.
        CorrectionFailed: the rule cannot be evaluated; the caller's transaction is to be rolled back.
        DBAPIError: no row is the cause; after a deadlock the caller's transaction is to be repeated as a whole.
    """
    return _as_a_whole(connection, order, ids, None)


def apply_shown(connection: Connection, order: Order, shown: Mapping[int, Shown]) -> Batch:
    """Write exactly the values that a person was shown, where the row still is as it was shown; else as `apply`.

    What is not written is in `Batch.left`, with the reason: `gone`, `settled`, `changed`, `other_company` and those of
    the gate; in `refused`, for a row that its correction or the database refuses.
    """
    return _as_a_whole(connection, order, sorted(shown), shown)


def _as_a_whole(connection: Connection, order: Order, ids: Sequence[int], shown: Mapping[int, Shown] | None) -> Batch:
    refusals: list[DBAPIError] = []
    batch = _in_parts(connection, order, ids, shown, refusals)
    is_about_all = len(refusals) > 1 and not (batch.corrected or batch.unfixed)
    if is_about_all and all(server_errors.kind_of(error) in _MAY_BE_ALL_ROWS for error in refusals):
        raise refusals[0]
    return batch


def _in_parts(
    connection: Connection,
    order: Order,
    ids: Sequence[int],
    shown: Mapping[int, Shown] | None,
    refusals: list[DBAPIError],
) -> Batch:
    """Correct rows, in halves of halves where the database refuses one of them; `refusals` takes up what it said."""
    try:
        with savepoint(connection):
            return _apply(connection, order, ids, shown)
    except DBAPIError as error:
        if server_errors.kind_of(error) not in _MAY_BE_A_ROW:
            raise
        refusal = error
    if len(ids) == 1:
        refusals.append(refusal)
        return put_before_a_person(connection, order, ids[0], server_errors.refusal_of(refusal))
    middle = len(ids) // 2
    one, other = (_in_parts(connection, order, half, shown, refusals) for half in (ids[:middle], ids[middle:]))
    return _joined(one, other)


def put_before_a_person(connection: Connection, order: Order, entity_id: int, why: str) -> Batch:
    """Ask a person about a row that the database refuses, if it still violates the rule; nothing else is changed.

    Args:
        connection: in a transaction.
        order: rule, run, actor and warrant.
        entity_id: of the row.
        why: what the database said, in words that hold nothing of the row.

    Raises:
        GateClosed: nothing may be written now.
        CorrectionFailed: the rule cannot be evaluated.
    """
    leave = gate.enter(connection, ask_of(order.rule, run_id=order.run_id, now=order.now), order.warrant)
    violating = still_violating(connection, order, [entity_id])
    return _refused(leave, order, [entity_id], violating, [_refusal(i, DATABASE, why) for i in violating])


def _refuse(leave: Leave, order: Order, ids: Sequence[int], why: str) -> Batch:
    violating = still_violating(leave.connection, order, ids)
    return _refused(leave, order, ids, violating, _out_of_reach(violating, why))


def _out_of_reach(violating: Mapping[int, Violation], why: str) -> list[Proposal]:
    return [_refusal(entity_id, OUT_OF_REACH, why) for entity_id in sorted(violating)]


def _refusal(entity_id: int, code: str, why: str | None = None) -> Proposal:
    return Proposal(entity_id=entity_id, values={}, evidence=why or code, refusal=code, review=False, candidates=())


def _refused(
    leave: Leave,
    order: Order,
    ids: Sequence[int],
    violating: Mapping[int, Violation],
    proposals: Sequence[Proposal],
) -> Batch:
    note(leave, order, proposals, [], [], violating)
    return Batch(
        refused=tuple(sorted(violating)),
        skipped=tuple(sorted(set(ids) - violating.keys())),
        proposals=tuple(proposals),
    )


def _joined(one: Batch, other: Batch) -> Batch:
    return Batch(
        corrected=one.corrected + other.corrected,
        refused=one.refused + other.refused,
        skipped=one.skipped + other.skipped,
        unfixed=one.unfixed + other.unfixed,
        left={**one.left, **other.left},
        proposals=one.proposals + other.proposals,
    )


def _apply(connection: Connection, order: Order, ids: Sequence[int], shown: Mapping[int, Shown] | None) -> Batch:
    leave = gate.enter(connection, ask_of(order.rule, run_id=order.run_id, now=order.now), order.warrant)
    correction = load_correction(sql.project_of(connection), _name(order.rule))
    if (why := obstacle(connection, order.rule, correction)) is not None:
        return _refuse(leave, order, ids, why)
    if correction.by_people:
        # What is free for one row is not for two: whoever else decides by it waits.
        gates.hold(connection, correction.name)
    before = read_rows(connection, correction.table, ids, lock=True)
    violating = still_violating(connection, order, sorted(before), correction.when)
    left: dict[int, str] = {**leave.sort(violating)}
    free = {entity_id: row for entity_id, row in violating.items() if entity_id not in left}
    if shown is None:
        proposals = _proposals(connection, order, correction, free, before)
    else:
        met = {entity_id: row for entity_id, row in free.items() if row.bits == 1}
        proposals, unlike = fitting(shown, met, before, correction.columns)
        proposals = _with_questions(connection, order, correction, proposals)
        proposals += [_refusal(entity_id, PRECONDITION) for entity_id in sorted(free.keys() - met.keys())]
        left |= unlike | absent(ids, before, violating)
    refused = [item for item in proposals if item.refusal is not None]
    accepted = [item for item in proposals if item.refusal is None]
    leave.spend(order.suite.entity, [item.entity_id for item in accepted])
    changed = _change(leave, order, correction, accepted, before, violating)
    wrong = still_violating(connection, order, sorted(item.entity_id for item in accepted)).keys()
    fixed = [item for item in accepted if item.entity_id in changed - wrong]
    unfixed = [item for item in accepted if item.entity_id in wrong]
    note(leave, order, refused, fixed, unfixed, violating)
    handled = {item.entity_id for item in (*refused, *fixed, *unfixed)}
    return Batch(
        corrected=tuple(sorted(item.entity_id for item in fixed)),
        refused=tuple(sorted(item.entity_id for item in refused)),
        unfixed=tuple(sorted(item.entity_id for item in unfixed)),
        skipped=tuple(sorted(set(ids) - handled - (left.keys() & violating.keys()))),
        left=left,
        proposals=tuple(proposals),
    )


def _change(
    leave: Leave,
    order: Order,
    correction: Correction,
    accepted: Sequence[Proposal],
    before: Mapping[int, Mapping[str, object]],
    violating: Mapping[int, Violation],
) -> Set[int]:
    """Write what is accepted, and audit it with what was changed along with it; the rows that really changed."""
    ids = sorted(item.entity_id for item in accepted)
    beside = look(leave.connection, correction.table, ids)
    changed = change(leave, order, correction, accepted, before)
    along = compare(beside, look(leave.connection, correction.table, ids))
    touched = [item for item in accepted if item.entity_id in changed.keys() | along.keys()]
    store(leave, order, correction, touched, before, changed, violating, along)
    if found := names(along.values()):
        logger.warning("changed along with a correction rule=%s columns=%s", order.rule.id, ",".join(found))
    return changed.keys()


def _with_questions(
    connection: Connection, order: Order, correction: Correction, proposals: Sequence[Proposal]
) -> list[Proposal]:
    """What was shown says what is written; what people are to be asked about it is said by the correction.

    Who has decided about one row is not asked to look at it again.
    """
    ids = sorted(item.entity_id for item in proposals)
    found = {item.entity_id: item for item in propose(connection, correction, ids, order.now)}
    is_plan = order.warrant.authority is Authority.PLAN
    return [
        _asked_again(item, found[item.entity_id], correction, is_plan=is_plan) if item.entity_id in found else item
        for item in proposals
    ]


def _asked_again(shown: Proposal, now: Proposal, correction: Correction, *, is_plan: bool) -> Proposal:
    if correction.by_people and now.refusal is not None:
        return _refusal(shown.entity_id, now.refusal)
    return replace(shown, candidates=now.candidates, review=is_plan and now.review)


def _name(rule: Rule) -> str:
    if rule.correction is None:
        raise InvalidRule(f"expectations/{rule.table}.json: rule '{rule.id}' has no correction to apply")
    return rule.correction


def still_violating(
    connection: Connection, order: Order, ids: Sequence[int], when: Precondition | None = None
) -> dict[int, Violation]:
    """Rows that violate the rule now, by id; those that do not meet the precondition carry a second bit.

    Raises:
        CorrectionFailed: the rule cannot be evaluated.
    """
    if not ids:
        return {}
    rules: tuple[Rule, ...] = (order.rule,)
    if when is not None:
        rules += (replace(order.rule, id=PRECONDITION, condition=when.condition),)
    suite = replace(order.suite, rules=rules)
    silent = silent_rules(connection, suite.rules, order.now)
    # Rows of a company whose evidence is silent are left by the gate; that they are fine, nobody says.
    whole = {rule: why for rule, why in silent.items() if why.is_whole}
    scan = scan_table(connection, suite, Scope(kind="ids", ids=tuple(ids)), order.now, silent=whole)
    if scan.evaluated_rules != rules:
        reason = next(outcome.reason for outcome in scan.outcomes if outcome.reason is not None)
        raise CorrectionFailed(f"rule '{order.rule.id}' cannot be evaluated ({reason}); nothing is corrected")
    return {row.entity_id: row for row in scan.violations if row.bits & 1}


def _proposals(
    connection: Connection,
    order: Order,
    correction: Correction,
    violating: Mapping[int, Violation],
    before: Mapping[int, Mapping[str, object]],
) -> list[Proposal]:
    """What the correction proposes where its precondition is met; a refusal everywhere else."""
    met = sorted(entity_id for entity_id, row in violating.items() if row.bits == 1)
    unmet = [_refusal(entity_id, PRECONDITION) for entity_id in sorted(violating.keys() - set(met))]
    proposals = propose(connection, correction, met, order.now)
    # A row may be gone since it was found to violate the rule, where nothing is locked.
    there = [item for item in proposals if item.entity_id in before]
    if correction.by_people:
        there = [item if item.refusal is None else replace(item, values={}) for item in there]
    return [
        replace(item, before={column: before[item.entity_id][column] for column in correction.columns})
        for item in there
    ] + unmet
