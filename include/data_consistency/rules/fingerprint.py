"""What a rule rests on beside its own entry: the facts that it reads and the correction that it applies."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from data_consistency.project import Project
from data_consistency.rules import Rule, Suite
from data_consistency.rules.facts import Facts, load_facts
from data_consistency.rules.functions import read_sql
from data_consistency.rules.language import columns_of


def stamped(suites: Mapping[str, Suite], project: Project) -> dict[str, Suite]:
    """The same suites, every fingerprint also over the SQL that decides what the rule finds and does.

    Args:
        suites: as loaded, by table.
        project: of the suites.

    Raises:
        InvalidRule: a facts or correction file, or a condition over them, is wrong.
    """
    return {table: _stamped(suite, project) for table, suite in suites.items()}


def _stamped(suite: Suite, project: Project) -> Suite:
    facts = load_facts(project, suite.table)
    return replace(suite, rules=tuple(replace(rule, rests_on=_digest(rule, facts, project)) for rule in suite.rules))


def _digest(rule: Rule, facts: Facts, project: Project) -> str:
    # Only the columns that it reads: a new fact beside them changes no other rule.
    parts = [facts.only(columns_of(rule, facts)).sql]
    if rule.correction is not None:
        parts.append(read_sql(project, "corrections", rule.correction))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
