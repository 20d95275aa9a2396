"""Conflicts: two corrections that would undo each other for ever are refused while the suites are loaded.

Two corrections contest a column of their table when each may write a value there that the other would not write.
Values are read from the text of the SELECTs: every literal and NULL that the column's expression may give (a CASE gives
several); what comes from elsewhere (another column, the clock) may be anything; a value that is only kept is no write.
Where both may write anything and their literals are the same, nothing can be compared in the text: both copy what the
data say, which may be NULL, and the search for oscillation in the tests judges them. Else they are opposite

- when no value is written by both: then whatever one leaves, the other would replace; and
- when some values are written by both, but either may replace what the other wrote. That it may not is proved where the
  other's rule is satisfied by that value alone, whatever the rest of the row says.

Opposite corrections are accepted only if they cannot meet on one row: both carry a `-- when:` line with terms over the
same fact that no value fits both, and that fact does not read a column they contest (it would change with the
correction).
Corrections that several rules share never contest anything.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations

from sqlglot import exp

from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules import Mode, Rule, Suite
from data_consistency.rules.corrections import Correction, load_correction
from data_consistency.rules.facts import Facts, load_facts
from data_consistency.rules.partial import is_settled, projections_of
from data_consistency.rules.written_values import Constant, Written, written_values


def check_corrections(suites: Iterable[Suite], project: Project) -> None:
    """Refuse correction files that do not fit their rules, and corrections that would undo each other.

    Args:
        suites: all suites; every rule with a correction counts, whatever its mode, so that promotion cannot surprise.
        project: of the suites.

    Raises:
        InvalidRule: names both rules, both files and the column; or the file and its wrong header line.
    """
    for suite in suites:
        correcting = tuple(rule for rule in suite.rules if rule.correction is not None)
        if correcting:
            _check(correcting, project)


@lru_cache(maxsize=64)
def _check(rules: tuple[Rule, ...], project: Project) -> None:
    facts = load_facts(project, rules[0].table)
    loaded = [(rule, load_correction(project, rule.correction or "")) for rule in rules]
    for rule, correction in loaded:
        _refuse_misfit(rule, correction, facts)
    for one, other in combinations(loaded, 2):
        if one[1].name != other[1].name:
            _refuse_conflict(one, other, facts)


def _refuse_misfit(rule: Rule, correction: Correction, facts: Facts) -> None:
    where = f"sql/corrections/{correction.name}.sql"
    if correction.table != rule.table:
        raise InvalidRule(
            f"{where}: header says table '{correction.table}', but rule '{rule.id}' is about {rule.table}; mend one"
        )
    if correction.by_people and rule.mode is Mode.CORRECT:
        raise InvalidRule(
            f"expectations/{rule.table}.json: rule '{rule.id}' is in mode correct, but {where} is decided by people;"
            " set mode review"
        )
    unknown = sorted(correction.when.facts - set(facts.columns)) if correction.when is not None else []
    if unknown:
        raise InvalidRule(
            f"{where}: header line `-- when: ...` names '{unknown[0]}', which is no column of"
            f" sql/facts/{facts.table}.sql; name one"
        )


def _refuse_conflict(one: tuple[Rule, Correction], other: tuple[Rule, Correction], facts: Facts) -> None:
    (rule, correction), (other_rule, other_correction) = one, other
    if correction.by_people or other_correction.by_people:
        # Nothing goes back and forth where a person approves each step; the examples show that it breaks no other rule.
        return
    mine, others = written_values(correction), written_values(other_correction)
    contested = [
        column
        for column in mine
        if column in others and _are_opposite(rule, mine[column], other_rule, others[column], facts, column)
    ]
    if not contested or _never_meet(correction, other_correction, facts, contested):
        return
    column = contested[0]
    raise InvalidRule(
        f"expectations/{rule.table}.json: rules '{rule.id}' and '{other_rule.id}' would undo each other: column"
        f" {rule.table}.{column} gets {_said(mine[column])} from sql/corrections/{correction.name}.sql and"
        f" {_said(others[column])} from sql/corrections/{other_correction.name}.sql; give both a header line"
        " `-- when: ...` with a term over one fact that the column does not decide and of which no value fits both,"
        " such as `<fact> = '<value>'` here and `<fact> <> '<value>'` there, or write the same"
    )


def _are_opposite(rule: Rule, mine: Written, other: Rule, others: Written, facts: Facts, column: str) -> bool:
    if not (mine.constants or mine.anything) or not (others.constants or others.anything):
        return False
    if mine.anything and others.anything and mine.constants - {None} == others.constants - {None}:
        return False
    if not mine.anything and mine == others and len(mine.constants) == 1:
        return False
    if not (mine.anything or others.anything or mine.constants & others.constants):
        return True
    return _may_replace(rule, mine, others, facts, column) and _may_replace(other, others, mine, facts, column)


def _may_replace(rule: Rule, mine: Written, others: Written, facts: Facts, column: str) -> bool:
    """Whether `rule` may find a value that the other correction wrote, and write another one."""
    if others.anything:
        return True
    return any(mine.anything or mine.constants - {value} for value in _unsettled(rule, others.constants, facts, column))


def _unsettled(rule: Rule, values: Iterable[Constant], facts: Facts, column: str) -> Iterator[Constant]:
    return (value for value in values if not is_settled(rule, facts, column, value))


def _never_meet(one: Correction, other: Correction, facts: Facts, contested: Iterable[str]) -> bool:
    if one.when is None or other.when is None:
        return False
    alias = facts.id_sql.split(".")[0]
    for fact in one.when.apart_from(other.when):
        columns = projections_of(facts)[fact].find_all(exp.Column)
        if not {column.name for column in columns if column.table == alias} & set(contested):
            return True
    return False


def _said(written: Written) -> str:
    values = sorted("NULL" if value is None else str(value) for value in written.constants)
    return ", ".join([*values, "any value"] if written.anything else values)
