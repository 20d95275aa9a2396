"""The strict loader of suites.

Great Expectations drops an entry with an unknown type or severity and validates an empty suite as a success.
This loader refuses both, so that a rule cannot vanish by a typing error.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from data_consistency.documents import Fields, read_json
from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules.rule import (
    HOUSE_EXPECTATION,
    MAX_RULES_PER_TABLE,
    SOURCES_OF_EVIDENCE,
    Mode,
    Problem,
    Rule,
    Severity,
    Suite,
)

_SUITE_KEYS = frozenset({"name", "meta", "notes", "expectations"})
_SUITE_META_KEYS = frozenset({"entity", "priority_column", "great_expectations_version"})
_ENTRY_KEYS = frozenset({"type", "severity", "description", "kwargs", "meta", "notes", "id"})
_KWARGS_KEYS = frozenset({"condition"})
_META_KEYS = frozenset(
    {
        *("rule", "catalogue", "mode", "correction", "min_age_minutes", "max_corrections", "priority", "review_hint"),
        *("due_after_minutes", "reads_other_rows", "needs", "problem"),
    }
)
_LANGUAGES = frozenset({"en", "de"})
_RULE_ID = re.compile(r"[a-z][a-z0-9_]{2,99}")
_CATALOGUE_ID = re.compile(r"[A-Z]-\d{2}")
_FILE_STEM = re.compile(r"[a-z][a-z0-9_]*")
# Beside the suites: rows that violate and satisfy their rules.
_EXAMPLES = "examples"


def load_suites(project: Project, *, require_corrections: bool = True) -> dict[str, Suite]:
    """Load every suite of a project, by table name.

    Args:
        project: its folders hold one `expectations/<table>.json` a table; those of one table are joined, and an entry
            of an operator's own folder takes the place of ours of the same rule.
        require_corrections: whether each named correction must exist.

    Raises:
        InvalidRule: a file, key or value is wrong; the message names file, rule and next step.
    """
    for folder in project.suite_folders():
        _refuse_strangers(folder)
    suites = {
        table: _joined([_load_suite(path, project if require_corrections else None) for path in paths])
        for table, paths in project.suites().items()
    }
    if not suites:
        raise InvalidRule(f"{project.suite_folders()[-1]}: no suite found; add one <table>.json at least")
    _refuse_duplicates(suites.values())
    return suites


def document(suite: Suite) -> dict[str, object]:
    """A suite as one JSON document, its entries in the order of its rules; the loader has checked the files."""
    entries: dict[object, object] = {}
    first: dict[str, object] = {}
    for path in suite.paths:
        whole = dict(Fields.of(read_json(path, path.name, InvalidRule), path.name, InvalidRule).values)
        first = first or whole
        for entry in whole["expectations"]:  # type: ignore[attr-defined]  # a list, as the loader saw
            entries[entry["meta"]["rule"]] = entry
    return {**first, "expectations": [entries[rule.id] for rule in suite.rules]}


def _refuse_strangers(folder: Path) -> None:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.suffix != ".json" and entry.name[0] != "." and not (entry.name == _EXAMPLES and entry.is_dir()):
            raise InvalidRule(f"{folder}/{entry.name}: not a suite; only <table>.json files belong here")


def _joined(parts: list[Suite]) -> Suite:
    first = parts[0]
    rules: dict[str, Rule] = {}
    for part in parts:
        if part.entity != first.entity:
            raise InvalidRule(
                f"{part.paths[0]}: entity '{part.entity}', but {first.paths[0]} says '{first.entity}'; make them equal"
            )
        rules |= {rule.id: rule for rule in part.rules}
    if len(rules) > MAX_RULES_PER_TABLE:
        names = " and ".join(f"{path.parent.name}/{path.name}" for part in parts for path in part.paths)
        raise InvalidRule(
            f"{names}: {len(rules)} rules; one table holds at most {MAX_RULES_PER_TABLE}, split the suite"
        )
    paths = tuple(path for part in parts for path in part.paths)
    return Suite(table=first.table, entity=first.entity, rules=tuple(rules.values()), paths=paths)


def _refuse_duplicates(suites: Iterable[Suite]) -> None:
    seen: dict[str, str] = {}
    for suite in suites:
        for rule in suite.rules:
            if rule.id in seen:
                raise InvalidRule(f"{suite.table}.json: rule '{rule.id}' stands in {seen[rule.id]} too; rename one")
            seen[rule.id] = f"{suite.table}.json"


def _load_suite(path: Path, project: Project | None) -> Suite:
    name = f"{path.parent.name}/{path.name}"
    if not _FILE_STEM.fullmatch(path.stem):
        raise InvalidRule(f"{name}: the file name must be a table name in lower case")
    suite = Fields.of(read_json(path, name, InvalidRule), name, InvalidRule, _SUITE_KEYS)
    meta = suite.below("meta", _SUITE_META_KEYS)
    if suite.get("name") != path.stem:
        raise InvalidRule(f"{name}: name is {suite.get('name')!r}; it must equal the file's name '{path.stem}'")
    entries = suite.get("expectations")
    if not isinstance(entries, list) or not entries:
        raise InvalidRule(f"{name}: expectations is empty; a suite without rules would always pass")
    rules = tuple(_load_rule(entry, path.stem, f"{name}: entry {n}", project) for n, entry in enumerate(entries, 1))
    ids = [rule.id for rule in rules]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise InvalidRule(f"{name}: rule '{rule_id}' stands there twice; rename one")
    return Suite(table=path.stem, entity=meta.text("entity"), rules=rules, paths=(path,))


def _load_rule(entry: object, table: str, where: str, project: Project | None) -> Rule:
    fields = Fields.of(entry, where, InvalidRule, _ENTRY_KEYS)
    rule_id = fields.below("meta").text("rule")
    where = f"{where.split(': entry')[0]}: rule '{rule_id}'"
    fields = fields.at(where)
    meta = fields.below("meta", _META_KEYS).at(where)
    if not _RULE_ID.fullmatch(rule_id):
        raise InvalidRule(f"{where}: use 3 to 100 lower-case letters, digits and underscores")
    if fields.get("type") != HOUSE_EXPECTATION:
        raise InvalidRule(f"{where}: unknown type {fields.get('type')!r}; use {HOUSE_EXPECTATION}")
    catalogue = meta.text("catalogue")
    if not _CATALOGUE_ID.fullmatch(catalogue):
        raise InvalidRule(f"{where}: catalogue {catalogue!r} is not like K-01")
    mode = Mode(meta.choice("mode", Mode))
    return Rule(
        id=rule_id,
        table=table,
        catalogue=catalogue,
        severity=Severity(fields.choice("severity", Severity)),
        mode=mode,
        description=fields.text("description"),
        condition=fields.below("kwargs", _KWARGS_KEYS).at(where).text("condition"),
        correction=_correction(meta, mode, project),
        min_age_minutes=meta.number("min_age_minutes", 0, 525_600),
        max_corrections=meta.number("max_corrections", 0, 1_000_000),
        priority=meta.number("priority", 1, 5) or 5,
        review_hint=meta.text("review_hint") if "review_hint" in meta else "",
        due_after_minutes=meta.number("due_after_minutes", 1, 525_600),
        reads_other_rows=meta.flag("reads_other_rows"),
        needs=meta.choice("needs", SOURCES_OF_EVIDENCE) if "needs" in meta else None,
        problem=_problem(meta) if "problem" in meta else None,
    )


def _problem(meta: Fields) -> Problem:
    words = meta.below("problem", _LANGUAGES)
    return Problem(en=words.text("en"), de=words.text("de"))


def _correction(meta: Fields, mode: Mode, project: Project | None) -> str | None:
    if "correction" not in meta:
        if mode is Mode.CORRECT:
            raise InvalidRule(f"{meta.where}: mode correct needs a correction; name a file of sql/corrections/")
        return None
    correction = meta.text("correction")
    if not _RULE_ID.fullmatch(correction):
        raise InvalidRule(f"{meta.where}: correction {correction!r} is not a file name of sql/corrections/")
    if project is not None and project.file("corrections", correction) is None:
        raise InvalidRule(
            f"{meta.where} names correction '{correction}', but sql/corrections/{correction}.sql does not exist"
        )
    return correction
