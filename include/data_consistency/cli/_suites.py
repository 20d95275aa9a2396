"""Suites and rules as the commands name them."""

from collections.abc import Mapping, Sequence

from data_consistency.errors import WrongUse
from data_consistency.rules import Rule, Suite


def selected_rules(suites: Mapping[str, Suite], *, rule: str | None, table: str | None) -> Sequence[tuple[Suite, Rule]]:
    """The rules that options name, with their suites; without options all.

    Raises:
        WrongUse: there is none of that name.
    """
    if table is not None and table not in suites:
        raise WrongUse(f"no suite for table '{table}'; there are {', '.join(suites)}")
    found = [
        (suite, one)
        for suite in suites.values()
        for one in suite.rules
        if table in {None, suite.table} and rule in {None, one.id}
    ]
    if not found:
        raise WrongUse(f"no rule '{rule}'{' of table ' + table if table else ''}; `consistency rules list` names them")
    return found
