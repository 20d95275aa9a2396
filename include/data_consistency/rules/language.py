"""The language of conditions: one deterministic, row-wise expression over the columns of the facts of its table.

It is an allow-list over the syntax tree: what is not listed here is refused while the suites are loaded, by rule and by
what was written. So nothing that counts rows, looks at other rows, at the clock, the account or the server, and nothing
that belongs to a statement, can reach the database.
"""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.tokenizer_core import Token

from data_consistency.errors import InvalidRule
from data_consistency.rules.facts import Facts
from data_consistency.rules.parsing import parse
from data_consistency.rules.rule import Rule, Suite

MAX_LENGTH, MAX_DEPTH, MAX_NODES = 4_000, 40, 600
# What the time is called; a check gives one to all of its rows.
NOW = "now"
_LEAVES = (exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Placeholder, exp.Var, exp.DataType)
_OPERATORS = (
    *(exp.Paren, exp.Not, exp.And, exp.Or, exp.Xor, exp.Is, exp.In, exp.Between, exp.Like, exp.RegexpLike),
    *(exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Collate),
    *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Interval),
)
# Their trees are made of any way of writing them: IFNULL is COALESCE, YEAR(x) is the year of a date.
_FUNCTIONS = (
    *(exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Least, exp.Greatest, exp.Cast),
    *(exp.Abs, exp.Sign, exp.Round, exp.Floor, exp.Ceil),
    *(exp.Length, exp.Lower, exp.Upper, exp.Trim, exp.Left, exp.Right, exp.Substring, exp.StrPosition, exp.Concat),
    *(exp.DateAdd, exp.DateSub, exp.DateDiff, exp.TimestampDiff, exp.TsOrDsToDate),
    *(exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute),
)
# Functions that the parser has no class of its own for, and one that only some servers have: REGEXP is the operator.
_NAMED = frozenset({"JSON_VALID", "JSON_LENGTH"})
_OF_SOME_SERVERS = frozenset({"REGEXP_LIKE"})
_ALLOWED = frozenset({*_LEAVES, *_OPERATORS, *_FUNCTIONS, exp.DataTypeParam})
# A driver takes it for a parameter, wherever it stands.
_PARAMETER = re.compile(r":(?=[A-Za-z_])\w+")
_CACHE: dict[tuple[str, tuple[str, ...]], frozenset[str]] = {}


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


def columns_of(rule: Rule, facts: Facts) -> frozenset[str]:
    """Columns of the facts that a rule reads.

    Raises:
        InvalidRule: not one expression, an unknown column, or something a condition must not do.
    """
    key = (rule.condition, facts.columns)
    if key not in _CACHE:
        _CACHE[key] = _columns_of(rule, facts)
    return _CACHE[key]


def remember(condition: str, facts: Facts, columns: frozenset[str]) -> None:
    """What has been found of a condition before, and proved: it is not parsed again."""
    _CACHE[condition, facts.columns] = columns


def _columns_of(rule: Rule, facts: Facts) -> frozenset[str]:
    where = f"expectations/{rule.table}.json: rule '{rule.id}'"
    _refuse_text(rule.condition, where)
    tree = parse(f"SELECT {rule.condition}", where)
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or _clauses_of(tree):
        raise InvalidRule(f"{where}: a condition is one expression over the columns of sql/facts/{rule.table}.sql")
    nodes = list(tree.expressions[0].walk())
    if len(nodes) > MAX_NODES:
        raise InvalidRule(
            f"{where}: the condition has {len(nodes)} parts, more than {MAX_NODES}; add a column to the facts"
        )
    for node in nodes:
        _refuse_node(node, where)
    columns = frozenset(node.name for node in nodes if isinstance(node, exp.Column))
    if unknown := sorted(columns - set(facts.columns)):
        raise InvalidRule(f"{where}: unknown column '{unknown[0]}'; add it to sql/facts/{rule.table}.sql or mend it")
    return columns


def _refuse_text(condition: str, where: str) -> None:
    """What the tree no longer shows, or what no tree can be made of."""
    if len(condition) > MAX_LENGTH:
        raise InvalidRule(f"{where}: the condition is longer than {MAX_LENGTH} characters; add a column to the facts")
    depth = deepest = 0
    for token in _tokens(condition, where):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        deepest = max(deepest, depth)
        if token.comments or token.token_type is TokenType.SEMICOLON:
            raise InvalidRule(f"{where}: a condition is one expression, without ';' and comments")
        if token.text.upper() in _OF_SOME_SERVERS:
            raise InvalidRule(f"{where}: function {token.text.upper()} is not known to every server; use REGEXP")
        if token.token_type is TokenType.STRING and (found := _PARAMETER.search(token.text)):
            raise InvalidRule(
                f"{where}: '{found[0]}' within a text would be taken for a parameter; write it as two texts"
                " joined by CONCAT, or add a column to the facts"
            )
    if deepest > MAX_DEPTH:
        raise InvalidRule(
            f"{where}: {deepest} brackets within each other, more than {MAX_DEPTH}; add a column to the facts"
        )


def _tokens(condition: str, where: str) -> Iterator[Token]:
    try:
        # A comment behind the last token belongs to it only if something follows.
        yield from sqlglot.tokenize(f"{condition}\n,", dialect="mysql")[:-1]
    except sqlglot.errors.SqlglotError as error:
        raise InvalidRule(f"{where}: is not SQL that can be read ({str(error).splitlines()[0]}); mend it") from error


def _clauses_of(select: exp.Select) -> list[str]:
    """Parts of a statement that stand beside the expression."""
    return [name for name, value in select.args.items() if value and name != "expressions"]


def _refuse_node(node: exp.Expr, where: str) -> None:
    if isinstance(node, exp.Anonymous) and node.name.upper() in _NAMED:
        return
    if isinstance(node, exp.Placeholder) and node.name != NOW:
        raise InvalidRule(f"{where}: parameter ':{node.name}' means nothing in a condition; the time is :{NOW}")
    if isinstance(node, exp.In) and not node.expressions and not node.args.get("query"):
        raise InvalidRule(f"{where}: '{node.sql(dialect='mysql')[:60]}' compares with nothing; give the list a value")
    if isinstance(node, exp.Column) and node.table:
        raise InvalidRule(f"{where}: unknown column '{node.table}.{node.name}'; columns of the facts have no table")
    if type(node) not in _ALLOWED:
        raise InvalidRule(
            f"{where}: {_said(node)} is not allowed in a condition, which judges one row by its facts alone; the time"
            f" is :{NOW}, anything else is a column for the facts"
        )


def _said(node: exp.Expr) -> str:
    if isinstance(node, exp.Query | exp.Subquery):
        return "a subquery"
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        return f"function {name.upper()}"
    return f"'{node.sql(dialect='mysql')[:60]}'"
