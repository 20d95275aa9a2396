"""Data docs that work without the internet, with a bounded history.

GX's pages load scripts, styles and a logo from public hosts: offline they are blank, online they tell others who
reads them. After each build every such address becomes a file of the site, and what is not known is taken out.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from data_consistency.gx.readers import is_silent, readable
from data_consistency.logs import logger_of

SITE = "daily"  # the name GX knows the site by
ASSETS = Path(__file__).with_name("assets")
VENDOR = Path("static") / "vendor"
REPORT_PAGE = "consistency-report.html"

# Addresses in GX 1.24's templates; a test fails when a newer GX names another.
VENDORED = {
    "https://code.jquery.com/jquery-3.7.1.min.js": "js/jquery-3.7.1.min.js",
    "https://cdnjs.cloudflare.com/ajax/libs/popper.js/1.12.9/umd/popper.min.js": "js/popper-1.12.9.min.js",
    "https://stackpath.bootstrapcdn.com/bootstrap/4.3.1/js/bootstrap.min.js": "js/bootstrap-4.3.1.min.js",
    "https://unpkg.com/bootstrap-table@1.19.1/dist/bootstrap-table.min.js": "js/bootstrap-table-1.19.1.min.js",
    "https://unpkg.com/bootstrap-table@1.19.1/dist/extensions/filter-control/bootstrap-table-filter-control.min.js": (
        "js/bootstrap-table-filter-control-1.19.1.min.js"
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/bootstrap-datepicker/1.9.0/js/bootstrap-datepicker.min.js": (
        "js/bootstrap-datepicker-1.9.0.min.js"
    ),
    "https://maxcdn.bootstrapcdn.com/bootstrap/4.3.1/css/bootstrap.min.css": "css/bootstrap-4.3.1.min.css",
    "https://unpkg.com/bootstrap-table@1.19.1/dist/bootstrap-table.min.css": "css/bootstrap-table-1.19.1.min.css",
    "https://unpkg.com/bootstrap-table@1.19.0/dist/extensions/filter-control/bootstrap-table-filter-control.css": (
        "css/bootstrap-table-filter-control-1.19.1.min.css"
    ),
    "https://unpkg.com/bootstrap-table@1.19.0/dist/extensions/filter-control/bootstrap-table-filter-control.min.css": (
        "css/bootstrap-table-filter-control-1.19.1.min.css"
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/bootstrap-datepicker/1.9.0/css/bootstrap-datepicker.min.css": (
        "css/bootstrap-datepicker-1.9.0.min.css"
    ),
    "https://cdn.jsdelivr.net/npm/@forevolve/bootstrap-dark@1.1.0/dist/css/bootstrap-prefers-dark.css": (
        "css/bootstrap-prefers-dark-1.1.0.min.css"
    ),
    "https://cdnjs.cloudflare.com/ajax/libs/font-awesome/6.6.0/css/all.min.css": "css/fontawesome-6.6.0.min.css",
}
# Charts, which our pages do not have.
LEFT_OUT = frozenset(
    {
        "https://cdn.jsdelivr.net/npm/vega@5",
        "https://cdn.jsdelivr.net/npm/vega-lite@5",
        "https://cdn.jsdelivr.net/npm/vega-embed@6",
    }
)

_REMOTE_TAG = re.compile(
    r"""<(?P<tag>script|link|img)\b[^>]*?\b(?:src|href)=["'](?P<url>(?:https?:)?//[^"']*)["'][^>]*>(?:\s*</script>)?""",
    re.IGNORECASE,
)
_REMOTE_STYLE = re.compile(r"""url\(\s*["']?(?:https?:)?//[^)]*\)""", re.IGNORECASE)
_FAVICON = re.compile(r"""<link rel="shortcut icon"[^>]*>""")
_NEWSLETTER = re.compile(r"<footer>\s*<p>[^<]*newsletter.*?</footer>", re.DOTALL)

logger = logger_of(__name__)


def build(project: Any, docs_dir: Path) -> None:
    """Publish what has no page yet, the suites and the index, and make every page work on its own."""
    suites = project.stores["expectations_store"].list_keys()
    results = [
        key for key in project.stores["validation_results_store"].list_keys() if not _page(docs_dir, key).is_file()
    ]
    project.build_data_docs(site_names=[SITE], resource_identifiers=[*suites, *results])
    localise(docs_dir)


def drop_halves(results_dir: Path, docs_dir: Path) -> None:
    """Take out results and pages that a full disk or a death has left half: no later build gets past the first.

    A page that is taken out is made again.
    """
    for result in sorted(results_dir.rglob("*.json")):
        page = docs_dir / "validations" / result.relative_to(results_dir).with_suffix(".html")
        if page.is_file() and not page.read_text(encoding="utf-8", errors="replace").rstrip().endswith("</html>"):
            page.unlink()
        if not page.is_file() and not _is_json(result):
            logger.warning("half a result taken out path=%s", result)
            result.unlink()


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def localise(docs_dir: Path) -> None:
    """Copy the assets into the site, point every page at them and make it readable; repeating it changes nothing."""
    for folder in ("js", "css", "webfonts", "licenses"):
        shutil.copytree(ASSETS / folder, docs_dir / VENDOR / folder, dirs_exist_ok=True)
    for page in sorted(docs_dir.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        depth = len(page.relative_to(docs_dir).parts) - 1
        local = readable(localised(text, root="../" * depth), lambda path: _is_silent(docs_dir / path))
        if local != text:
            partial = page.with_suffix(".partial")
            partial.write_text(local, encoding="utf-8")
            partial.replace(page)


def _is_silent(page: Path) -> bool:
    return page.is_file() and is_silent(page.read_text(encoding="utf-8"))


def localised(text: str, *, root: str) -> str:
    """The text of a page without anything loaded from elsewhere.

    Args:
        text: the page.
        root: relative path from the page to the site's root, empty or ending in a slash.
    """

    def local_tag(match: re.Match[str]) -> str:
        url, tag = match["url"], match["tag"].lower()
        if tag == "img":  # the logo; the way home stays a link, and the report is one step away
            return f'Data consistency</a><a class="ml-4 mr-4" href="{root}{REPORT_PAGE}">Daily report'
        if url not in VENDORED:
            if url not in LEFT_OUT:
                logger.warning("unknown address taken out of data docs url=%s", url)
            return ""
        path = f"{root}{VENDOR.as_posix()}/{VENDORED[url]}"
        return f'<script src="{path}"></script>' if tag == "script" else f'<link rel="stylesheet" href="{path}">'

    text = _REMOTE_TAG.sub(local_tag, text)
    text = _REMOTE_STYLE.sub("none", text)
    return _NEWSLETTER.sub("", _FAVICON.sub('<link rel="icon" href="data:,">', text))


def prune(results_dir: Path, docs_dir: Path, keep: int) -> int:
    """Keep the newest results of each suite with their pages; returns how many results went.

    The index names a removed page until the next build.
    """
    removed = 0
    suites = [folder for folder in sorted(results_dir.iterdir()) if folder.is_dir()] if results_dir.is_dir() else []
    for suite in suites:
        # <suite>/<run name>/<run time>/<batch>.json; the run time sorts as text.
        results = sorted(suite.glob("*/*/*.json"), key=lambda path: (path.parent.name, path.parent.parent.name))
        for result in results[: max(len(results) - keep, 0)]:
            page = docs_dir / "validations" / result.relative_to(results_dir).with_suffix(".html")
            for path, top in ((result, suite), (page, docs_dir / "validations")):
                path.unlink(missing_ok=True)
                _remove_empty(path.parent, top)
            removed += 1
    return removed


def _page(docs_dir: Path, key: Any) -> Path:
    return (docs_dir / "validations").joinpath(*key.to_tuple()).with_suffix(".html")


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
