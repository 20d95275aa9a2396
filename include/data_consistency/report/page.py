"""The report as pages and as JSON, in the site of the data docs, in every language; earlier days stay."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from data_consistency.phrases import LANGUAGES
from data_consistency.report import layout, wording
from data_consistency.report.document import as_document
from data_consistency.report.figures import CompanyFigures, Figures
from data_consistency.report.wording import Words
from data_consistency.storage import replace_file

PAGE = "consistency-report.html"
DOCUMENT = "report.json"
FOLDER = "reports"
COMPANIES = "companies"  # folder below FOLDER: of the newest report
KEEP_DAYS = 400
LINKED_DAYS = 14  # earlier reports that a page links to; the list has all
MOST_COMPANIES = 40  # with a line and a page of their own
MOST_RULES = 60
MOST_RUNS = 25
MOST_TURNS = 50


def write(figures: Figures, site: Path, *, keep: int = KEEP_DAYS) -> Path:
    """Write the report of a day into the site: its own pages and JSON, the list of days, and the newest report.

    The report of an older day does not replace the newest, nor the pages of companies, which are the newest one's.

    Returns:
        The page to show: `consistency-report.html`.
    """
    folder = site / FOLDER
    (folder / COMPANIES).mkdir(parents=True, exist_ok=True)
    day = figures.period.day
    document = json.dumps(as_document(figures), indent=2, ensure_ascii=False) + "\n"
    replace_file(folder / f"{day}.json", document)
    _replace_all(folder / f"{day}", lambda language: render(figures, _days(folder, also=day), "../", language))
    _prune(folder, keep)
    days = _days(folder)
    _replace_all(folder / "index", lambda language: render_index(days, language))
    if day == days[0]:
        _write_companies(figures, folder / COMPANIES)
        _replace_all(folder / "latest", lambda language: render(figures, days, "../", language, is_newest=True))
        replace_file(site / DOCUMENT, document)
        _replace_all(
            site / PAGE.removesuffix(".html"), lambda language: render(figures, days, "", language, is_newest=True)
        )
    return site / PAGE


def render(
    figures: Figures, days: Sequence[date] = (), root: str = "", language: str = "en", *, is_newest: bool = False
) -> str:
    """The page of a report.

    Args:
        figures: what it says.
        days: of all reports, newest first.
        root: relative path to the site's root, empty or ending in a slash.
        language: one of LANGUAGES.
        is_newest: whether the pages of companies are its own.
    """
    told = [company for company in figures.companies if company.has_something or company.live.checked]
    return _render(
        "report.html.j2",
        language,
        root,
        f=figures,
        days=days[:LINKED_DAYS],
        companies=told[:MOST_COMPANIES],
        other_companies=max(0, len(told) - MOST_COMPANIES),
        busy=figures.busy[:MOST_RULES],
        other_rules=max(0, len(figures.busy) - MOST_RULES),
        runs=figures.runs[:MOST_RUNS],
        other_runs=max(0, len(figures.runs) - MOST_RUNS),
        turns=figures.turns[-MOST_TURNS:],
        is_newest=is_newest,
    )


def render_company(figures: Figures, company: CompanyFigures, language: str = "en") -> str:
    """The page of one company in the newest report."""
    rules = {rule.rule: rule for rule in figures.rules}
    return _render("company.html.j2", language, "../../", f=figures, company=company, rules=rules)


def render_index(days: Sequence[date], language: str = "en") -> str:
    """The list of all reports."""
    return _render("index.html.j2", language, "../", days=days)


def _write_companies(figures: Figures, folder: Path) -> None:
    written = set()
    for company in figures.companies[:MOST_COMPANIES]:
        name = layout.company_file(company)
        for language in LANGUAGES:
            path = folder / f"{name}{layout.extension(language)}"
            replace_file(path, render_company(figures, company, language))
            written.add(path)
    for path in set(folder.glob("*.html")) - written:
        path.unlink(missing_ok=True)


def _render(name: str, language: str, root: str, **values: object) -> str:
    other = next(one for one in LANGUAGES if one != language)
    shared: Mapping[str, object] = {
        "t": Words(language),
        "w": wording,
        "l": layout,
        "root": root,
        "ext": layout.extension(language),
        "other": other,
        "other_ext": layout.extension(other),
    }
    return _template(name).render(**shared, **values)


@lru_cache(maxsize=8)
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,  # everything, whatever the file is called
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _replace_all(stem: Path, rendered: "layout.Rendered") -> None:
    for language in LANGUAGES:
        replace_file(stem.with_name(f"{stem.name}{layout.extension(language)}"), rendered(language))


def _days(folder: Path, also: date | None = None) -> list[date]:
    found = {date.fromisoformat(path.stem) for path in folder.glob("????-??-??.html")}
    return sorted(found | ({also} if also else set()), reverse=True)


def _prune(folder: Path, keep: int) -> None:
    for day in _days(folder)[keep:]:
        for ending in (*(layout.extension(language) for language in LANGUAGES), ".json"):
            (folder / f"{day}{ending}").unlink(missing_ok=True)
