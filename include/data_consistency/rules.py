"""Rules: what an entry of a suite in expectations/ means, and the strict loader.

Great Expectations drops an entry with an unknown type or severity and validates an empty suite as a success.
This loader refuses both, so that a rule cannot vanish by a typing error.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

from data_consistency.errors import InvalidRule

HOUSE_EXPECTATION = "expect_rows_to_satisfy"
# Sources of evidence that a rule may need; without a fresh report of it the rule is not evaluated.
CALCOM = "calcom"
_SOURCES = (CALCOM,)
# One bit of a 64-bit word for each rule of a table; the sign bit stays free.
MAX_RULES_PER_TABLE = 63

_SUITE_KEYS = frozenset({"name", "meta", "notes", "expectations"})
_SUITE_META_KEYS = frozenset({"entity", "priority_column", "great_expectations_version"})
_ENTRY_KEYS = frozenset({"type", "severity", "description", "kwargs", "meta", "notes", "id"})
_KWARGS_KEYS = frozenset({"condition"})
_META_KEYS = frozenset(
    {
        *("rule", "catalogue", "mode", "correction", "min_age_minutes", "max_corrections", "priority", "review_hint"),
        *("due_after_minutes", "reads_other_rows", "needs"),
    }
)
_RULE_ID = re.compile(r"[a-z][a-z0-9_]{2,99}")
_CATALOGUE_ID = re.compile(r"[A-Z]-\d{2}")
_FILE_STEM = re.compile(r"[a-z][a-z0-9_]*")


class Severity(StrEnum):
    """How bad a violation is; a finding keeps the severity of its rule."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Mode(StrEnum):
    """What happens to a finding."""

    SHADOW = "shadow"  # counted, nothing else
    ALERT = "alert"  # in the ledger and the report
    REVIEW = "review"  # put before a person
    CORRECT = "correct"  # corrected by evidence; what the correction refuses goes to review


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of one table, with its remedy."""

    id: str
    table: str
    catalogue: str
    severity: Severity
    mode: Mode
    description: str
    condition: str  # SQL over the columns of the table's facts; a row satisfies it only if it IS TRUE
    correction: str | None
    min_age_minutes: int | None  # None: the setting decides
    max_corrections: int | None  # None: the setting decides
    priority: int  # of its review items, 1 highest to 5 lowest
    review_hint: str  # what a reviewer does
    due_after_minutes: int | None = None  # the clock may change its verdict that long after a row's last change
    reads_other_rows: bool = False  # its verdict may change with rows that do not name the row
    needs: str | None = None  # a source of evidence without which it is not evaluated
    rests_on: str = ""  # hash of the SQL behind its columns and its correction, where that is known

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides what the rule finds and does."""
        needs = () if self.needs is None else (self.needs,)
        rests_on = (self.rests_on,) if self.rests_on else ()
        parts = (
            *(self.id, self.table, self.severity, self.mode, self.condition, self.correction or ""),
            *needs,
            *rests_on,
        )
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The rules of one table, in the order of the file: bit n of a scan is rule n."""

    table: str
    entity: str  # singular noun used in the ledger, e.g. "call"
    rules: tuple[Rule, ...]
    path: Path

    @property
    def fingerprint(self) -> str:
        """Hash over the fingerprints of its rules."""
        return rule_set_fingerprint(self.rules)


def violation(condition: str) -> str:
    """SQL that is TRUE for a row violating `condition`; NULL is not good enough to pass."""
    return f"(({condition}) IS NOT TRUE)"


def rule_set_fingerprint(rules: Iterable[Rule]) -> str:
    """One hash for a set of rules, whatever their order."""
    return hashlib.sha256("".join(sorted(rule.fingerprint for rule in rules)).encode()).hexdigest()


def load_suites(folder: Path, corrections: Path | None = None) -> dict[str, Suite]:
    """Load every suite of a folder, by table name.

    Args:
        folder: holds one `<table>.json` a table.
        corrections: folder of the correction files; given, each named correction must exist there.

    Raises:
        InvalidRule: a file, key or value is wrong; the message names file, rule and next step.
    """
    if not folder.is_dir():
        raise InvalidRule(f"{folder}: no such folder; suites are expected there, one <table>.json each")
    strangers = sorted(entry.name for entry in folder.iterdir() if entry.suffix != ".json" and entry.name[0] != ".")
    if strangers:
        raise InvalidRule(f"{folder}/{strangers[0]}: not a suite; only <table>.json files belong here")
    suites = {path.stem: _load_suite(path, corrections) for path in sorted(folder.glob("*.json"))}
    if not suites:
        raise InvalidRule(f"{folder}: no suite found; add one <table>.json at least")
    _refuse_duplicates(suites.values())
    return suites


def _refuse_duplicates(suites: Iterable[Suite]) -> None:
    seen: dict[str, str] = {}
    for suite in suites:
        for rule in suite.rules:
            if rule.id in seen:
                raise InvalidRule(f"{suite.path.name}: rule '{rule.id}' stands in {seen[rule.id]} too; rename one")
            seen[rule.id] = suite.path.name


def _load_suite(path: Path, corrections: Path | None) -> Suite:
    name = f"{path.parent.name}/{path.name}"
    if not _FILE_STEM.fullmatch(path.stem):
        raise InvalidRule(f"{name}: the file name must be a table name in lower case")
    try:
        document = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_refuse_repeated_keys)
    except (OSError, ValueError) as error:
        raise InvalidRule(f"{name}: cannot be read as JSON ({error}); mend the file") from error
    suite = _mapping(document, name)
    _known_keys(suite, _SUITE_KEYS, name)
    meta = _mapping(suite.get("meta", {}), f"{name}: meta")
    _known_keys(meta, _SUITE_META_KEYS, f"{name}: meta")
    if suite.get("name") != path.stem:
        raise InvalidRule(f"{name}: name is {suite.get('name')!r}; it must equal the file's name '{path.stem}'")
    entries = suite.get("expectations")
    if not isinstance(entries, list) or not entries:
        raise InvalidRule(f"{name}: expectations is empty; a suite without rules would always pass")
    rules = tuple(_load_rule(entry, path.stem, f"{name}: entry {n}", corrections) for n, entry in enumerate(entries, 1))
    if len(rules) > MAX_RULES_PER_TABLE:
        raise InvalidRule(f"{name}: {len(rules)} rules; one table holds at most {MAX_RULES_PER_TABLE}, split the suite")
    ids = [rule.id for rule in rules]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise InvalidRule(f"{name}: rule '{rule_id}' stands there twice; rename one")
    return Suite(table=path.stem, entity=_text(meta, "entity", f"{name}: meta"), rules=rules, path=path)


def _load_rule(entry: object, table: str, where: str, corrections: Path | None) -> Rule:
    fields = _mapping(entry, where)
    _known_keys(fields, _ENTRY_KEYS, where)
    meta = _mapping(fields.get("meta", {}), f"{where}: meta")
    rule_id = _text(meta, "rule", f"{where}: meta")
    where = f"{where.split(': entry')[0]}: rule '{rule_id}'"
    _known_keys(meta, _META_KEYS, f"{where}: meta")
    if not _RULE_ID.fullmatch(rule_id):
        raise InvalidRule(f"{where}: use 3 to 100 lower-case letters, digits and underscores")
    if fields.get("type") != HOUSE_EXPECTATION:
        raise InvalidRule(f"{where}: unknown type {fields.get('type')!r}; use {HOUSE_EXPECTATION}")
    kwargs = _mapping(fields.get("kwargs", {}), f"{where}: kwargs")
    _known_keys(kwargs, _KWARGS_KEYS, f"{where}: kwargs")
    catalogue = _text(meta, "catalogue", where)
    if not _CATALOGUE_ID.fullmatch(catalogue):
        raise InvalidRule(f"{where}: catalogue {catalogue!r} is not like K-01")
    mode = Mode(_choice(meta, "mode", [m.value for m in Mode], where))
    return Rule(
        id=rule_id,
        table=table,
        catalogue=catalogue,
        severity=Severity(_choice(fields, "severity", [s.value for s in Severity], where)),
        mode=mode,
        description=_text(fields, "description", where),
        condition=_text(kwargs, "condition", where),
        correction=_correction(meta, mode, where, corrections),
        min_age_minutes=_number(meta, "min_age_minutes", where, 0, 525_600),
        max_corrections=_number(meta, "max_corrections", where, 0, 1_000_000),
        priority=_number(meta, "priority", where, 1, 5) or 5,
        review_hint=_text(meta, "review_hint", where) if "review_hint" in meta else "",
        due_after_minutes=_number(meta, "due_after_minutes", where, 1, 525_600),
        reads_other_rows=_flag(meta, "reads_other_rows", where),
        needs=_choice(meta, "needs", list(_SOURCES), where) if "needs" in meta else None,
    )


def _correction(meta: Mapping[str, object], mode: Mode, where: str, corrections: Path | None) -> str | None:
    if "correction" not in meta:
        if mode is Mode.CORRECT:
            raise InvalidRule(f"{where}: mode correct needs a correction; name a file of sql/corrections/")
        return None
    correction = _text(meta, "correction", where)
    if not _RULE_ID.fullmatch(correction):
        raise InvalidRule(f"{where}: correction {correction!r} is not a file name of sql/corrections/")
    if corrections is not None and not (corrections / f"{correction}.sql").is_file():
        raise InvalidRule(
            f"{where} names correction '{correction}', but sql/corrections/{correction}.sql does not exist"
        )
    return correction


def _refuse_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key {key!r} stands twice in one object")
    return dict(pairs)


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidRule(f"{where}: an object is expected, not {type(value).__name__}")
    return cast("Mapping[str, object]", value)


def _known_keys(fields: Mapping[str, object], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(fields) - known)
    if unknown:
        raise InvalidRule(f"{where}: unknown key '{unknown[0]}'; known are {', '.join(sorted(known))}")


def _text(fields: Mapping[str, object], key: str, where: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidRule(f"{where}: '{key}' must be a text that is not empty")
    return value


def _choice(fields: Mapping[str, object], key: str, known: list[str], where: str) -> str:
    value = fields.get(key)
    if value not in known:
        raise InvalidRule(f"{where}: unknown {key} {value!r}; use {', '.join(known)}")
    return str(value)


def _flag(fields: Mapping[str, object], key: str, where: str) -> bool:
    value = fields.get(key, False)
    if not isinstance(value, bool):
        raise InvalidRule(f"{where}: '{key}' must be true or false")
    return value


def _number(fields: Mapping[str, object], key: str, where: str, least: int, most: int) -> int | None:
    if key not in fields:
        return None
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidRule(f"{where}: '{key}' must be a whole number from {least} to {most}")
    return value
