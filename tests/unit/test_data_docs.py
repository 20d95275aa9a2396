"""Data docs without the internet: what pages load, and which results stay."""

import hashlib
import importlib.util
import re
from pathlib import Path

import pytest

from data_consistency.gx import docs, readers

_SPEC = importlib.util.find_spec("great_expectations")
assert _SPEC is not None
assert _SPEC.origin is not None
_VIEWS = Path(_SPEC.origin).parent / "render" / "view"
_LOADED = re.compile(r"""<(?:script|link)\b[^>]*?(?:src|href)="((?:https?:)?//[^"]+)\"""")


def test_every_address_of_the_templates_is_known() -> None:
    """A newer Great Expectations that loads something else is noticed here, not by a reader's blank page."""
    loaded = {url for page in (_VIEWS / "templates").glob("*.j2") for url in _LOADED.findall(page.read_text())}

    assert loaded == set(docs.VENDORED) | docs.LEFT_OUT


def test_every_address_has_its_file() -> None:
    """Each address is answered by a file that is kept here."""
    assert [path for path in docs.VENDORED.values() if not (docs.ASSETS / path).is_file()] == []


def test_kept_files_are_the_published_ones() -> None:
    """The kept files are those whose hashes were written down when they were fetched, and no others."""
    lines = (docs.ASSETS / "SHA256SUMS").read_text().splitlines()
    written = {path: digest for digest, path in (line.split("  ") for line in lines)}

    kept = {
        path.relative_to(docs.ASSETS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("js", "css", "webfonts")
        for path in (docs.ASSETS / folder).iterdir()
    }

    assert kept == written


def test_third_party_names_every_licence() -> None:
    """Every kept package is named with its licence, and the licence's text is there."""
    text = (docs.ASSETS / "THIRD_PARTY.md").read_text()

    assert all(name in text for name in ("jquery", "popper.js", "bootstrap-table", "@forevolve", "@fortawesome"))
    assert len(list((docs.ASSETS / "licenses").iterdir())) == 7


def test_localised_points_at_the_files_of_the_site() -> None:
    """Scripts and styles become relative; integrity and crossorigin go, as they block pages opened from a disk."""
    script = (
        '<script src="https://stackpath.bootstrapcdn.com/bootstrap/4.3.1/js/bootstrap.min.js"'
        ' integrity="sha384-x" crossorigin="anonymous"></script>'
    )

    text = docs.localised(script, root="../../")

    assert text == '<script src="../../static/vendor/js/bootstrap-4.3.1.min.js"></script>'


@pytest.mark.parametrize(
    "element",
    [
        '<script src="https://cdn.jsdelivr.net/npm/vega@5"></script>',
        "<link rel='stylesheet' href='//elsewhere.example/x.css'>",
        '<script async src="http://elsewhere.example/x.js" defer></script>',
    ],
)
def test_localised_takes_out_what_is_not_kept(element: str) -> None:
    """What is not kept here is not loaded from elsewhere either."""
    assert docs.localised(f"a{element}b", root="") == "ab"


def test_localised_replaces_the_logo_by_a_way_to_the_report() -> None:
    """The logo comes from a public host; the way home and the way to the report need no picture."""
    page = '<a href="../index.html"><img class="x" src="https://elsewhere.example/logo.png" alt="GX"/></a>'

    text = docs.localised(page, root="../")

    assert text == (
        '<a href="../index.html">Data consistency</a>'
        '<a class="ml-4 mr-4" href="../consistency-report.html">Daily report</a>'
    )


def test_localised_is_stable() -> None:
    """A page that is done is left alone."""
    page = (
        '<link rel="shortcut icon" href="./static/images/favicon.ico" type="image/x-icon"/>'
        "<style>body { background: url('https://elsewhere.example/x.png') 0 0; }</style>"
        '<footer>\n  <p>Stay current with our newsletter <a href="https://x.example">Subscribe</a></p>\n</footer>'
    )

    once = docs.localised(page, root="")

    assert docs.localised(once, root="") == once
    assert once == '<link rel="icon" href="data:,"><style>body { background: none 0 0; }</style>'


_CROSS = '<i class="fas fa-times text-danger" aria-hidden="true"></i> Failed'
_FAILED, _SILENT = (
    '<i class="fas fa-times text-danger" ></i>',
    '<i class="fas fa-exclamation-triangle text-warning" ></i>',
)


@pytest.mark.parametrize(
    ("rows", "said", "is_silent"),
    [
        (_FAILED, "</i> Failed</p>", False),
        (_SILENT * 7, "</i> Nothing failed, 7 not evaluated</p>", True),
        (_FAILED + _SILENT, "</i> Failed, 1 not evaluated</p>", False),
    ],
)
def test_a_page_tells_what_was_not_evaluated_from_what_failed(rows: str, said: str, is_silent: bool) -> None:
    """Only what failed has the cross of what failed; the index says of a page what the page says."""
    row = (
        "{'validation_success': '<i class=\"fas fa-times text-danger ge-failed-icon\" ></i>', '_table_row_link_path':"
        " 'a.html', '_validation_success_text': 'Failed'}"
    )

    once = readers.readable(f"<html><head></head><body><p>{_CROSS}</p>{rows}</body></html>", lambda _: False)
    index = readers.readable(f"<html>{row}</html>", lambda path: path == "a.html" and readers.is_silent(once))

    assert said in once
    assert readers.is_silent(once) is is_silent
    assert ("Not evaluated" in index, "text-danger" in index) == (is_silent, not is_silent)
    assert readers.readable(once, lambda _: False) == once
    assert '<html lang="en">' in once


def results(folder: Path, suffix: str, *days: int) -> list[Path]:
    """Files as Great Expectations lays them out, one a day."""
    paths = [
        folder / "calls" / f"run-{9 - day}" / f"202510{day:02d}T000000.000000Z" / f"operational-calls{suffix}"
        for day in days
    ]
    for path in paths:
        path.parent.mkdir(parents=True)
        path.touch()
    return paths


def test_prune_keeps_the_newest(tmp_path: Path) -> None:
    """Old results go with their pages and empty folders, whatever the runs are called."""
    old, new = results(tmp_path / "results", ".json", 1, 2)
    old_page, new_page = results(tmp_path / "docs" / "validations", ".html", 1, 2)

    removed = docs.prune(tmp_path / "results", tmp_path / "docs", 1)

    assert removed == 1
    assert (old.exists(), old_page.exists()) == (False, False)
    assert (new.exists(), new_page.exists()) == (True, True)
    assert not old.parents[1].exists()


def test_prune_without_results_does_nothing(tmp_path: Path) -> None:
    """A fresh installation has nothing to prune."""
    assert docs.prune(tmp_path / "results", tmp_path / "docs", 1) == 0
