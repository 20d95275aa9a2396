"""Rules about sets, as sets: a statement that names every row of a table that may violate a condition.

`sql/candidates/<name>.sql` says in its header for which condition it is, and by a digest for which text of the facts:
who changes either must look at the other. It may name rows too many, never too few, rows whose fact is NULL among them;
the facts then judge each row that it names, as they judge one row anywhere else. Where the digest is another, because a
project, a mapping or a schema has other facts, the statement counts for nothing and the facts are read for every row.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache

from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules.facts import Facts
from data_consistency.rules.functions import read_sql
from data_consistency.rules.language import columns_of
from data_consistency.rules.needed import lean
from data_consistency.rules.rule import Rule

_PART = "candidates"
_HEADER = re.compile(r"^-- table: (?P<table>\w+), facts: (?P<digest>\w+), condition: (?P<condition>.+)$", re.MULTILINE)
_DIGITS = 16


def candidates_of(project: Project, rule: Rule, facts: Facts) -> str | None:
    """The statement that names the rows which may violate a rule; None: there is none for this condition and facts.

    Raises:
        InvalidRule: a file of `sql/candidates/` has no header, or cannot be read.
    """
    found = _known(project).get((rule.table, rule.condition))
    if found is None or found[0] != digest_of(rule, facts):
        return None
    return found[1]


def digest_of(rule: Rule, facts: Facts) -> str:
    """What stands in the header: a digest of the facts as far as the rule reads them."""
    text = " ".join(lean(facts, columns_of(rule, facts)).sql.split())
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


@lru_cache(maxsize=4)
def _known(project: Project) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Digest and statement by table and condition."""
    found = {}
    for name in project.names(_PART):
        text = read_sql(project, _PART, name)
        header = _HEADER.search(text)
        if header is None:
            raise InvalidRule(
                f"sql/{_PART}/{name}.sql: no header line `-- table: <table>, facts: <digest>, condition: <condition>`"
            )
        found[header["table"], header["condition"].strip()] = (header["digest"], text)
    return found
