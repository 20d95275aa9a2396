"""Trying a rule on its examples: does it find what it should, leave the rest alone, and correct as said?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from consistency_sandbox.trial import examples as rule_examples
from consistency_sandbox.trial.examples import NOW, Example, Row, RuleExamples
from data_consistency.correct import applying
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CorrectionFailed
from data_consistency.rules import Mode, Rule, Suite
from data_consistency.rules.outcomes import Scan, Scope

_ACTING = frozenset({Mode.REVIEW, Mode.CORRECT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a rule did with its examples."""

    table: str
    rule: str
    violating: int
    found: int
    satisfying: int
    left_alone: int
    to_correct: int
    corrected_as_said: int
    difference: str | None  # the first one; None: everything is as the examples say

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return self.difference is None


def try_rule(engine: Engine, suite: Suite, rule: Rule, examples: RuleExamples) -> Trial:
    """Load the examples of a rule into a throw-away schema, evaluate them and, if the rule has a correction, correct.

    Args:
        engine: of the throw-away schema; what is in it is replaced.
        suite: of the rule; a correction may not make a row violate another of its rules.
        rule: what is tried, in whatever mode.
        examples: of the rule.
    """
    try:
        with engine.connect() as connection:
            rule_examples.load(connection, examples)
            scan = _scan(connection, suite, [*examples.violating, *examples.satisfying])
    except DBAPIError as error:
        # Rows of examples are made up, so the database's own words may be repeated.
        return _trial(suite, rule, examples, set(), 0, [f"the rows cannot be loaded: {error.orig}"])
    found = set(scan.ids_of(rule.id))
    differences = list(_found_differently(scan, rule, examples, found))
    right = 0
    if rule.correction and not differences:
        wrong = _corrected_differently(engine, suite, rule, examples)
        right = len(examples.violating) - len({row_id for row_id, _ in wrong} & _ids(examples.violating))
        differences = [text for _, text in wrong]
    return _trial(suite, rule, examples, found, right, differences)


def _trial(
    suite: Suite, rule: Rule, examples: RuleExamples, found: set[int], right: int, differences: Sequence[str]
) -> Trial:
    return Trial(
        table=suite.table,
        rule=rule.id,
        violating=len(examples.violating),
        found=len(found & _ids(examples.violating)),
        satisfying=len(examples.satisfying),
        left_alone=len(_ids(examples.satisfying) - found),
        to_correct=len(examples.violating) if rule.correction else 0,
        corrected_as_said=right,
        difference=next(iter(differences), None),
    )


def _found_differently(scan: Scan, rule: Rule, examples: RuleExamples, found: set[int]) -> Iterator[str]:
    reason = next(outcome.reason for outcome in scan.outcomes if outcome.rule.id == rule.id)
    if reason is not None:
        yield f"not evaluated: {reason}"
        return
    for kind, rows, wanted in (("violating", examples.violating, True), ("satisfying", examples.satisfying, False)):
        for n, example in enumerate(rows, 1):
            if (example.id in found) is not wanted:
                yield f"{kind} row {n} {_shown(example.given)} is {'not found' if wanted else 'found'}"


def _corrected_differently(
    engine: Engine, suite: Suite, rule: Rule, examples: RuleExamples
) -> list[tuple[int | None, str]]:
    """Differences between what became of the rows and what the examples say, with the id of the row."""
    rows = [*examples.violating, *examples.satisfying]
    with engine.connect() as connection:
        before = rule_examples.read_rows(connection, rule.table)
        wrong_before = _broken(connection, suite, sorted(_ids(rows)))
    try:
        batch = _correct(engine, suite, rule, rows)
        with engine.connect() as connection:
            after = rule_examples.read_rows(connection, rule.table)
            wrong_after = _broken(connection, suite, batch.corrected)
        _correct(engine, suite, rule, rows)
    except CorrectionFailed as error:
        return [(None, str(error))]
    with engine.connect() as connection:
        again = rule_examples.read_rows(connection, rule.table)
    wrong: list[tuple[int | None, str]] = [*_wrong_rows(examples, before, after, batch)]
    for row_id, names in wrong_after.items():
        # Work left for another rule is how two rules begin to undo each other.
        if new := sorted(names - wrong_before.get(row_id, set())):
            wrong.append((row_id, f"the correction of row {row_id} makes it violate {', '.join(new)}"))
    if again != after:
        wrong.append((None, "a second correction changes rows again"))
    return wrong


def _wrong_rows(
    examples: RuleExamples, before: dict[int, Row], after: dict[int, Row], batch: applying.Batch
) -> Iterator[tuple[int, str]]:
    refusals = {item.entity_id: item.refusal for item in batch.proposals if item.refusal}
    for n, example in enumerate(examples.violating, 1):
        name = f"violating row {n} {_shown(example.given)}"
        if (text := _wrong_row(example, before[example.id], after[example.id], refusals.get(example.id))) is not None:
            yield example.id, f"{name} {text}"
        elif example.id in batch.unfixed:
            yield example.id, f"{name} still violates the rule after its correction"
    named = _ids(examples.violating)
    for row_id in sorted(before.keys() - named):
        if before[row_id] != after[row_id]:
            yield row_id, f"row {row_id} satisfies the rule and was changed all the same"


def _wrong_row(example: Example, before: Row, after: Row, refusal: str | None) -> str | None:
    if isinstance(example.corrected, str):
        if refusal != example.corrected:
            return f"is {'refused with ' + refusal if refusal else 'corrected'}, not refused with {example.corrected}"
        return None if before == after else f"is refused with {refusal} and changed all the same"
    if refusal is not None:
        return f"is refused with {refusal}, not corrected"
    if before == after:
        return "is not changed"
    for column, value in (example.corrected or {}).items():
        if after[column] != value:
            return f"gets {column} = {after[column]!r}, not {value!r}"
    return None


def _scan(connection: Connection, suite: Suite, rows: Sequence[Example]) -> Scan:
    return scan_table(connection, suite, Scope(kind="ids", ids=tuple(row.id for row in rows)), NOW)


def _broken(connection: Connection, suite: Suite, ids: Sequence[int]) -> dict[int, set[str]]:
    """The rules that rows violate, but for those that only report."""
    scan = scan_table(connection, suite, Scope(kind="ids", ids=tuple(ids)), NOW)
    return {
        row.entity_id: {
            rule.id for bit, rule in enumerate(scan.evaluated_rules) if row.bits >> bit & 1 and rule.mode in _ACTING
        }
        for row in scan.violations
    }


def _correct(engine: Engine, suite: Suite, rule: Rule, rows: Sequence[Example]) -> applying.Batch:
    order = applying.Order(suite=suite, rule=rule, run_id="examples", actor="examples", now=NOW)
    with engine.begin() as connection:
        return applying.apply(connection, order, [row.id for row in rows])


def _ids(rows: Sequence[Example]) -> set[int]:
    return {row.id for row in rows}


def _shown(row: Row) -> str:
    return "{" + ", ".join(f"{column}: {value!r}" for column, value in row.items()) + "}"
