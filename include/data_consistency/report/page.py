"""The report as a page and as JSON, in the site of the data docs; earlier days stay."""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from data_consistency.report import wording
from data_consistency.report.document import as_document
from data_consistency.report.figures import Figures
from data_consistency.storage import replace_file

PAGE = "consistency-report.html"
DOCUMENT = "report.json"
FOLDER = "reports"
KEEP_DAYS = 400
LINKED_DAYS = 14  # earlier reports that a page links to; the list has all


def write(figures: Figures, site: Path, *, keep: int = KEEP_DAYS) -> Path:
    """Write the report of a day into the site: its own page and JSON, the list of days, and the newest report.

    The report of an older day does not replace the newest.

    Returns:
        The page to show: `consistency-report.html`.
    """
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    day = figures.period.day
    document = json.dumps(as_document(figures), indent=2, ensure_ascii=False) + "\n"
    replace_file(folder / f"{day}.json", document)
    replace_file(folder / f"{day}.html", render(figures, _days(folder, also=day), root="../"))
    _prune(folder, keep)
    days = _days(folder)
    replace_file(folder / "index.html", render_index(days))
    if day == days[0]:
        replace_file(folder / "latest.html", render(figures, days, root="../"))
        replace_file(site / DOCUMENT, document)
        replace_file(site / PAGE, render(figures, days, root=""))
    return site / PAGE


def render(figures: Figures, days: Sequence[date] = (), *, root: str = "") -> str:
    """The page of a report.

    Args:
        figures: what it says.
        days: of all reports, newest first.
        root: relative path to the site's root, empty or ending in a slash.
    """
    return _template("page.html.j2").render(f=figures, days=days[:LINKED_DAYS], root=root, w=wording)


def render_index(days: Sequence[date]) -> str:
    """The list of all reports."""
    return _template("index.html.j2").render(days=days, root="../", w=wording)


@lru_cache(maxsize=4)
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,  # everything, whatever the file is called
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _days(folder: Path, also: date | None = None) -> list[date]:
    found = {date.fromisoformat(path.stem) for path in folder.glob("????-??-??.html")}
    return sorted(found | ({also} if also else set()), reverse=True)


def _prune(folder: Path, keep: int) -> None:
    for day in _days(folder)[keep:]:
        for path in (folder / f"{day}.html", folder / f"{day}.json"):
            path.unlink(missing_ok=True)
