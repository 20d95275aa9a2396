"""The language of conditions: one plain expression over the columns of the facts of its table."""

import re
from functools import lru_cache

from sqlglot import exp

from data_consistency.errors import InvalidRule
from data_consistency.rules.facts import Facts
from data_consistency.rules.parsing import parse
from data_consistency.rules.rule import Rule, Suite

# Functions a condition may call that the parser has no class of its own for.
_PLAIN_FUNCTIONS = frozenset({"JSON_VALID", "JSON_LENGTH", "CHAR_LENGTH", "INSTR", "LEAST", "GREATEST"})
_FORBIDDEN = (exp.Query, exp.Subquery, exp.Parameter, exp.SessionParameter, exp.DML, exp.DDL, exp.Command)
_FORBIDDEN_FUNCTIONS = re.compile(
    r"\b(SLEEP|BENCHMARK|GET_LOCK|LOAD_FILE|RAND|UUID|USER|NOW|SYSDATE)\s*\(", re.IGNORECASE
)


def check_conditions(suite: Suite, facts: Facts) -> None:
    """Refuse conditions that are no plain expression over the columns of the facts.

    Raises:
        InvalidRule: the message names file, rule and next step.
    """
    if suite.entity != facts.entity:
        raise InvalidRule(
            f"expectations/{suite.table}.json: entity '{suite.entity}' but sql/facts/{facts.table}.sql says"
            f" '{facts.entity}'; make them equal"
        )
    for rule in suite.rules:
        columns_of(rule, facts)


@lru_cache(maxsize=1024)
def columns_of(rule: Rule, facts: Facts) -> frozenset[str]:
    """Columns of the facts that a rule reads.

    Raises:
        InvalidRule: not one expression, an unknown column, or something a condition must not do.
    """
    where = f"expectations/{rule.table}.json: rule '{rule.id}'"
    if ";" in rule.condition or "--" in rule.condition or "/*" in rule.condition:
        raise InvalidRule(f"{where}: a condition is one expression, without ';' and comments")
    tree = parse(f"SELECT {rule.condition}", where)
    if (
        not isinstance(tree, exp.Select)
        or len(tree.expressions) != 1
        or tree.args.get("from_")
        or tree.args.get("from")
    ):
        raise InvalidRule(f"{where}: a condition is one expression over the columns of sql/facts/{rule.table}.sql")
    expression = tree.expressions[0]
    if expression.find(*_FORBIDDEN) is not None:
        raise InvalidRule(f"{where}: no subquery, variable or statement in a condition; add a column to the facts")
    if (call := _FORBIDDEN_FUNCTIONS.search(rule.condition)) is not None:
        raise InvalidRule(f"{where}: function {call[1].upper()} is not allowed in a condition; use :now for the time")
    for function in expression.find_all(exp.Anonymous):
        if function.name.upper() not in _PLAIN_FUNCTIONS:
            raise InvalidRule(f"{where}: function {function.name} is not allowed in a condition")
    columns = {column.name for column in expression.find_all(exp.Column)}
    unknown = sorted(columns - set(facts.columns))
    if unknown:
        raise InvalidRule(f"{where}: unknown column '{unknown[0]}'; add it to sql/facts/{rule.table}.sql or mend it")
    return frozenset(columns)
