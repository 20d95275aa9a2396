"""Statements of pairs are taken from the text of the facts, whatever that text ends in."""

from dataclasses import replace

import pytest
import sqlglot

from data_consistency.project import shipped
from data_consistency.rules.comparing import pairs_of
from data_consistency.rules.facts import load_facts


@pytest.mark.parametrize("table", shipped().suites())
def test_every_statement_of_pairs_is_one(table: str) -> None:
    """Also where a subquery ends in a comment."""
    facts = load_facts(shipped(), table)
    commented = replace(facts, sql=facts.sql.replace("\n            )\n", "  -- told\n            )\n"))

    for texts in (*pairs_of(facts).values(), *pairs_of(commented).values()):
        for text in texts:
            assert 1 == len(sqlglot.parse(text.replace(":ids", "(1)"), dialect="mysql"))
