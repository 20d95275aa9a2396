"""Where things of the report stand: files by language and company, addresses of pages, commands as they are typed."""

import shlex
from collections.abc import Callable, Sequence
from itertools import groupby

from data_consistency.report.figures import CompanyFigures, Figures, Silent
from data_consistency.report.happened import Turn
from data_consistency.report.period import Period
from data_consistency.sources import DEFAULT

Rendered = Callable[[str], str]  # a page by its language
_DAY = 280.0  # width of the strip of a day
_PATH = "consistency"  # of the pages in Airflow
_MOST_STRIPS = 20


def extension(language: str) -> str:
    """How the files of a language end."""
    return ".html" if language == "en" else f".{language}.html"


def company_file(company: CompanyFigures) -> str:
    """Name of a company's page, without its ending."""
    return "none" if company.company_id is None else str(company.company_id)


def page(figures: Figures, path: str) -> str | None:
    """Where a page of the watched database is; None: nobody said where Airflow is."""
    return address(figures.base_url, figures.source or DEFAULT, path)


def address(base: str | None, source: str, path: str) -> str | None:
    """Where a page of a database is.

    Args:
        base: where people reach Airflow; None, or no address: nobody said.
        source: its name.
        path: below the pages of that database.
    """
    if base is None or not base.startswith(("https://", "http://")):
        return None
    return f"{base.rstrip('/')}/{_PATH}/{source}/{path}"


def command(figures: Figures, *words: str) -> str:
    """A command as it is typed."""
    source = ("--source", figures.source) if figures.source else ()
    return shlex.join(("consistency", *source, *words))


def reasons(silent: Sequence[Silent]) -> list[tuple[str, list[Silent]]]:
    """Rules that were not evaluated by the reason, the most rules first."""
    ordered = sorted(silent, key=lambda one: (one.reason, one.rule))
    groups = [(reason, list(those)) for reason, those in groupby(ordered, key=lambda one: one.reason)]
    return sorted(groups, key=lambda group: -len(group[1]))


def strips(turns: Sequence[Turn], period: Period) -> list[tuple[str, list[tuple[float, float, str]]]]:
    """Services with the states of their breakers over the day: where each begins, how wide it is, what it was."""
    services = dict.fromkeys(turn.service for turn in turns)
    found = []
    for service in list(services)[:_MOST_STRIPS]:
        own = [turn for turn in turns if turn.service == service]
        marks = [(0.0, own[0].old_state), *((_place(turn, period), turn.new_state) for turn in own)]
        ends = [begin for begin, _ in marks[1:]] + [_DAY]
        pieces = [
            (round(begin, 1), round(max(end - begin, 1.0), 1), state)
            for (begin, state), end in zip(marks, ends, strict=True)
            if end > begin
        ]
        found.append((service, pieces))
    return found


def _place(turn: Turn, period: Period) -> float:
    return _DAY * ((turn.at - period.start) / (period.end - period.start))
