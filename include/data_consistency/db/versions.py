"""What a rule rests on beside its own entry: the facts that it reads and the correction that it applies."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from data_consistency.db.facts import Facts, columns_of, load_facts
from data_consistency.db.sql import read_sql
from data_consistency.rules import Rule, Suite


def stamped(suites: Mapping[str, Suite], folder: Path) -> dict[str, Suite]:
    """The same suites, every fingerprint also over the SQL that decides what the rule finds and does.

    Args:
        suites: as loaded, by table.
        folder: the project's `sql/`.

    Raises:
        InvalidRule: a facts or correction file, or a condition over them, is wrong.
    """
    return {table: _stamped(suite, folder) for table, suite in suites.items()}


def _stamped(suite: Suite, folder: Path) -> Suite:
    facts = load_facts(folder / "facts" / f"{suite.table}.sql")
    return replace(suite, rules=tuple(replace(rule, rests_on=_digest(rule, facts, folder)) for rule in suite.rules))


def _digest(rule: Rule, facts: Facts, folder: Path) -> str:
    # Only the columns that it reads: a new fact beside them changes no other rule.
    parts = [facts.only(columns_of(rule, facts)).sql]
    if rule.correction is not None:
        parts.append(read_sql(folder / "corrections" / f"{rule.correction}.sql"))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
