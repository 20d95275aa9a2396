"""Every statement on rows of tenants names the tenant; these tests read the statements."""

import re
from pathlib import Path

import pytest

from data_consistency.project import shipped

_SQL = shipped().home / "sql"
_CREATE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(?P<table>\w+) \((?P<body>.*?)^\)", re.MULTILINE | re.DOTALL)
_READ = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)")
# Rows that are named one by one, by what no two of them share.
_BY_KEY = re.compile(r"\b(?:id|fingerprint|open_fingerprint|service_key) (?:IN|=) \(?:")
# What is about all tenants on purpose, by the beginnings of the statements' names.
_ABOUT_ALL = {
    "console_": "the pages of the state are for who sees every company",
    "report_": "the daily page is the operator's; it shows counts by company",
    "health_": "the doctor is the operator's; it tells counts, ids and companies",
    "purge_": "retention is the same for everybody",
    "history_": "a replay judges a rule on everybody's rows",
    "last_id_of_": "where the ids of a table end",
    "changed_": "ids that a scan reads; the scan names the tenant",
    "count_w": "figures of the rehearsal, and of the health of the watch",
    "alert_rows": "people are told by route, and routes are chosen by rule and company",
    "plans_to_ask": "a scheduler asks about everybody's plans, who answers may decide about all of them",
    "breaker_transitions": "whether any breaker was open, as a cause of what was found",
    "cause_": "of a route's companies, each by its id",
    "companies_of_findings": "people are told by route, and routes are chosen by rule and company",
    "counts_of_findings": "of a route's companies, each by its id",
    "digest_of_findings": "people are told by route, and routes are chosen by rule and company",
    "mutes": "the operator's list of all mutes; each may name its company",
    "newest_findings": "of a route's companies, each by its id",
    "rows_of_full_check": "how many rows a rule was judged on for everybody",
    "tell_findings": "of a route's companies, each by its id",
    "api_keys": "keys are looked up by their hash; each names its company",
    "list_api_keys": "the operator's list of all keys",
    "appointments_of_calls": "of calls that were read with their tenant",
    "list_incidents": "incidents are about a rule",
    "breaker_events": "of one breaker, whose key names its company",
    "insert_breaker_": "of one breaker, whose key names its company",
    "hints_": "every hint that waits; each names its company, or a call that does",
    "calcom_signs": "how far each company's calendar has been read",
    "due_rechecks": "every booking that waits; each names its company",
    "correcting_runs": "runs are about all tenants",
    "is_corrected": "whether there is anything that an undo could take back",
    "corrections_to_undo": "an undo is of a run, a rule or a row",
    "findings_by_rule": "the operator's counts",
    "open_by_severity": "the operator's exit status",
    "open_findings_of_ids": "findings by rule and row, which were chosen with their tenant",
    "open_check": "how far a table was checked, for all tenants",
    "checks_of_rule": "caps count what a rule did for everybody",
    "corrections_after": "the audit is verified as a whole",
    "delete_corrections_of_runs": "retention is the same for everybody",
    "delete_events_of_runs": "retention is the same for everybody",
    "delete_undos_of_runs": "retention is the same for everybody",
    "delete_old_corrections": "retention is the same for everybody",
    "runs_to_prune": "retention is the same for everybody",
    "try_to_prune": "asks for a right, of no row",
    "ends_of_runs": "the chain of events is one",
    "event_runs": "the chain of events is one",
    "events_of_runs": "the chain of events is one",
    "first_event": "the chain of events is one",
    "known_digests": "the chain of events is one",
    "loose_events": "the chain of events is one",
    "recent_run_ends": "the chain of events is one",
    "runs_ended_with_events": "the chain of events is one",
    "incidents_of_": "incidents are about a rule",
    "count_plan_rows_still_open": "a plan is of one incident",
    "plan_": "a plan is of one incident",
    "settle_plan_rows": "a plan is of one incident",
    "rules_with_": "names of rules",
    "has_work_of_rules": "whether a run has anything to correct at all",
    "forget_due": "an appointment that has begun presses nobody",
    "settled_items": "every item whose finding is closed",
    "stale_claims": "every claim that nobody worked on",
    "unsettled_of_rule": "a rule that is gone is gone for everybody",
    "unsettled_without_call": "every call that is gone",
    "notes_without_company": "what names no tenant at all",
}


def _tables_of_tenants() -> frozenset[str]:
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("source", "migrations")
        for path in (_SQL / folder).glob("*.sql")
    ]
    found = (match for text in texts for match in _CREATE.finditer(text))
    return frozenset(match["table"] for match in found if re.search(r"^\s+company_id ", match["body"], re.MULTILINE))


def _statements() -> list[Path]:
    return sorted((_SQL / "queries").glob("*.sql"))


def _names_tenant(text: str) -> bool:
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    if not set(_READ.findall(body)) & _tables_of_tenants():
        return True
    return ":company_id" in body or _BY_KEY.search(body) is not None


@pytest.mark.parametrize("path", _statements(), ids=lambda path: path.stem)
def test_a_statement_on_rows_of_tenants_names_the_tenant(path: Path) -> None:
    """Or it names its rows by their keys, or is about all tenants, which is said here with the reason."""
    is_about_all = any(path.stem.startswith(name) for name in _ABOUT_ALL)

    assert is_about_all or _names_tenant(path.read_text(encoding="utf-8"))


def test_no_reason_is_left_over() -> None:
    """A statement that is gone, or names its tenant now, needs no reason any more."""
    unnamed = [path.stem for path in _statements() if not _names_tenant(path.read_text(encoding="utf-8"))]

    assert [] == [name for name in _ABOUT_ALL if not any(stem.startswith(name) for stem in unnamed)]


def test_what_a_check_of_one_tenant_reads_and_writes_names_it() -> None:
    """The ledger's statements have a tenant that may be given, and rows of others never match it."""
    for name in ("ledger_states", "ledger_active_of_ids", "ledger_active_of_range", "open_findings", "open_of_rules"):
        text = (_SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8")

        assert re.search(r"\(:company_id IS NULL OR (\w\.)?company_id = :company_id\)", text), name
