"""The daily report beside the live pages: its files as they lie, for who sees every company."""

import re
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response

from data_consistency.web.pages.house import House, Refused
from data_consistency.web.pages.language import language_of
from data_consistency.web.pages.whole import runtime_of

FOLDER = "data_docs"  # under var/, of each source
# The files that the report writes, and nothing else of their folder: data docs run scripts, which no page here may.
_FILES = re.compile(
    r"(consistency-report|reports/(index|latest|\d{4}-\d\d-\d\d|companies/(\d{1,20}|none)))(\.de)?\.html"
)
_DOCUMENTS = re.compile(r"reports/\d{4}-\d\d-\d\d\.json")
_TO_DATA_DOCS = re.compile(r'<a class="docs"[^>]*>[^<]*</a>\n?')
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'self'"


def router_of(house: House) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/{source}/report/{path:path}")
    def shown(request: Request, source: str, path: str) -> Response:
        """A file of the report; without a name the newest, in the language of who asks."""
        folder = runtime_of(request, house, source).folder(FOLDER)
        newest = "consistency-report.html" if language_of(request) == "en" else "consistency-report.de.html"
        return _file(folder, path or newest)

    return router


def _file(folder: Path, path: str) -> Response:
    if not (_FILES.fullmatch(path) or _DOCUMENTS.fullmatch(path)):
        raise Refused(HTTPStatus.NOT_FOUND, "missing")
    try:
        text = (folder / path).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "no_report") from error
    if path.endswith(".json"):
        return Response(text, media_type="application/json")
    page = _TO_DATA_DOCS.sub("", text)
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": _POLICY})
