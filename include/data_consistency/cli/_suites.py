"""Suites and rules as the commands name them."""

from collections.abc import Sequence

from data_consistency.config import Settings
from data_consistency.db.conflicts import check_corrections
from data_consistency.db.facts import check_conditions
from data_consistency.db.scan import facts_of
from data_consistency.db.versions import stamped
from data_consistency.errors import WrongUse
from data_consistency.rules import Rule, Suite, load_suites


def load_checked(settings: Settings) -> dict[str, Suite]:
    """The suites, each checked against its facts and its corrections."""
    suites = load_suites(settings.expectations, settings.sql / "corrections")
    for suite in suites.values():
        check_conditions(suite, facts_of(suite.table, settings.sql / "facts"))
    check_corrections(suites.values(), settings.sql / "corrections", settings.sql / "facts")
    return stamped(suites, settings.sql)


def selected_rules(settings: Settings, *, rule: str | None, table: str | None) -> Sequence[tuple[Suite, Rule]]:
    """The rules that options name, with their suites; without options all.

    Raises:
        WrongUse: there is none of that name.
    """
    suites = load_checked(settings)
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
