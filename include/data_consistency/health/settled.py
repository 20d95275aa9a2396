"""Signs of the settings: what is said there and means nothing, or contradicts itself."""

import difflib
from collections.abc import Iterator
from urllib.parse import urlsplit

from data_consistency import sources
from data_consistency.correct import caps
from data_consistency.db import sql
from data_consistency.errors import DataConsistencyError
from data_consistency.health.sign import Look, Word, fine, sign, wrong

_PREFIX = "CONSISTENCY_"
# Every variable that the package, its sandbox or its compose file reads.
VARIABLES = frozenset(
    f"{_PREFIX}{name}"
    for name in (
        *("ALERT_DIGEST", "ALERT_DIGEST_HOUR", "ALERT_EMAILS", "ALERT_ESCALATE_AFTER_MINUTES", "ALERT_ESCALATE_EMAILS"),
        *("ALERT_LANGUAGE", "ALERT_SLACK_URL", "ALERT_TEAMS_URL", "ALERT_WEBHOOK_SECRET", "ALERT_WEBHOOK_URL"),
        *("PAGES", "ROW_URL", "RUNBOOK_URL", "BOOKING_WORKER", "CALCOM_HINT_SECRET", "RETELL_HINT_KEY"),
        *("BASE_URL", "CALCOM_API_VERSION", "CALCOM_COMPANIES", "CALCOM_COMPANY", "CALCOM_DAYS_AHEAD"),
        *("CALCOM_DAYS_BACK", "CALCOM_KEY", "CALCOM_URL", "CONFIG", "CORRECTIONS_ENABLED", "DB_URL", "DRY_RUN", "HOME"),
        *("MAIL_FROM", "MAX_CORRECTIONS", "MAX_CORRECTIONS_PER_DAY", "MAX_CORRECTION_RATIO", "MIN_AGE_MINUTES"),
        *("OPTED_OUT_COMPANIES", "POOL_SLOTS", "REPORT_TIMEZONE", "RULES", "SERVER_CACHE", "SMTP_URL", "SOURCE"),
        *("REPORT_EMAILS", "REPORT_STORE", "REPORT_URL", "SOURCE_TIMEZONE", "VAR"),
    )
)


@sign("variables", "correct its name, or unset it; docs/operations.md lists them", database=False)
def _variables(look: Look) -> Iterator[Word]:
    """A variable CONSISTENCY_... is set that nobody reads: it is misspelt, and the default holds."""
    configured = _sources(look).values()
    named = {source.url_env for source in configured}
    named |= {
        name
        for source in configured
        for one in source.alerts.channels
        for name in (one.url_env, one.secret_env)
        if name
    }
    found = []
    for name in sorted(look.environ.keys() - VARIABLES - named):
        if name.startswith(_PREFIX) and not name.startswith(f"{_PREFIX}CALCOM_KEY_"):
            near = difflib.get_close_matches(name, VARIABLES, n=1)
            found.append(f"{name} is read by nobody" + (f", perhaps {near[0]} is meant" if near else ""))
    yield wrong("; ".join(found)) if found else fine("every one is known")


def _sources(look: Look) -> dict[str, sources.Source]:
    try:
        return sources.load_sources(look.rt.project, look.environ)
    except DataConsistencyError:
        return {}


@sign("caps of the settings", "correct the setting that is named", database=False)
def _caps(look: Look) -> Iterator[Word]:
    """Corrections are wanted, and a cap of the settings lets none pass, or contradicts another."""
    source = look.rt.source
    limits = caps.limits_of(source.caps, max_corrections=None, min_age_minutes=None)
    is_on = source.corrections_enabled and not source.dry_run
    said = {
        "CONSISTENCY_MAX_CORRECTIONS=0: no row may be corrected": is_on and limits.run == 0,
        "CONSISTENCY_MAX_CORRECTION_RATIO=0: one row of a check at most": is_on and limits.ratio == 0,
        f"a day allows {limits.day} rows of a rule, a single run {limits.run}": is_on and limits.day < limits.run,
        f"rows rest {limits.min_age_minutes} minutes: nothing of today is corrected": limits.min_age_minutes > 1440,
    }
    found = [text for text, is_so in said.items() if is_so]
    yield wrong("; ".join(found)) if found else fine("they go together")


@sign(
    "addresses of pages",
    "CONSISTENCY_BASE_URL=https://host, where people reach Airflow; CONSISTENCY_REPORT_URL likewise",
    database=False,
)
def _base_url(look: Look) -> Iterator[Word]:
    """An address for links in mails is none that a browser opens."""
    settings = look.rt.settings
    urls = [url for url in (settings.base_url, settings.report_url) if url is not None]
    bad = [url for url in urls if not _opens(url)]
    yield wrong(", ".join(f"'{url}' is no address" for url in bad)) if bad else fine(", ".join(urls) or "none")


def _opens(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


@sign("companies that opted out", "correct CONSISTENCY_OPTED_OUT_COMPANIES, or `opted_out_companies` of the source")
def _opted_out(look: Look) -> Iterator[Word]:
    """A company that is to get questions in place of corrections does not exist: another one was meant."""
    there = {int(company) for (company,) in sql.run(look.connection, "companies_there")}
    gone = sorted(look.rt.source.opted_out_companies - there)
    yield (
        wrong(f"not there: {', '.join(map(str, gone))}") if gone else fine(f"{len(look.rt.source.opted_out_companies)}")
    )
