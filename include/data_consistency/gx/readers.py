"""Data docs for every reader: in a language, with labels and enough contrast, and told apart what was not evaluated.

Great Expectations knows passed and failed alone: what could not be evaluated carries the cross of what failed. And its
pages have no language, controls without names, and colours that are too like each other. A page that is done is left
alone.
"""

import re
from collections.abc import Callable

_TRIANGLE = '<i class="fas fa-exclamation-triangle text-warning"'
_CROSS = '<i class="fas fa-times text-danger"'
_HEAD = f'{_CROSS} aria-hidden="true"></i> Failed'
_INDEX_ROW = re.compile(r"\{'validation_success': .*?'_validation_success_text': '\w+'")
_LINK = re.compile(r"'_table_row_link_path': '([^']+)'")
_MARK = "<!-- readable -->"
_MAIN = 'class="col-md-10 col-lg-10 col-xs-12 pl-md-4 pr-md-3"'
_INNER_NAV = re.compile(r'<nav class="d-flex align-items-center">(.*?)</nav>', re.DOTALL)

_STYLE = """<style>
.sr-only { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
main, [role=main] { min-width: 0; } td, .lead, pre, code { overflow-wrap: anywhere; }
body a:not(.btn) { color: #0056b3; } body a:not(.btn):not(.nav-link) { text-decoration: underline; }
body .nav-link.active { color: #1b1f24; background-color: #e9ecef; } body .alert a { color: inherit !important; }
body .breadcrumb-item.active { color: #495057; } body .text-danger { color: #b3261e !important; }
body .btn-primary, body .btn-primary.active, body .btn-info {
  background-color: #0056b3 !important; color: #fff !important;
}
body .btn-secondary { background-color: #545b62 !important; color: #fff !important; }
body .badge { color: #fff !important; white-space: normal; overflow-wrap: anywhere; }
body .badge-light, body .badge-warning { color: #1b1f24 !important; }
body .badge-danger { background-color: #b3261e !important; } body .badge-info { background-color: #0f6674 !important; }
body .badge-secondary { background-color: #545b62 !important; }
body .badge-warning { background-color: #ffc107 !important; }
body .badge-light { background-color: #e9ecef !important; }
@media (prefers-color-scheme: dark) {
  body a:not(.btn) { color: #8cc2ff; } body .nav-link.active { color: #e6e9ee; background-color: #39414d; }
  body .breadcrumb-item.active { color: #ced4da; }
  body .text-danger { color: #ff8a80 !important; }
}
</style>
"""
# Filters of a table, and the box that scrolls it, are made by a script: they get their names when they are there.
_SCRIPT = """<script>
(function () {
  function name() {
    document.querySelectorAll("th input, th select, .search input").forEach(function (control) {
      if (control.getAttribute("aria-label")) return;
      var head = control.closest("th"), title = head && head.querySelector(".th-inner");
      control.setAttribute("aria-label", title ? "Filter: " + title.textContent.trim() : "Search");
    });
    document.querySelectorAll(".fixed-table-body, .table-responsive").forEach(function (box) {
      if (!box.hasAttribute("tabindex")) box.setAttribute("tabindex", "0");
    });
  }
  new MutationObserver(name).observe(document.documentElement, {childList: true, subtree: true});
  name();
})();
</script>
"""


def readable(text: str, silent: Callable[[str], bool]) -> str:
    """The text of a page for every reader; repeating it changes nothing.

    Args:
        text: the page, with everything it loads.
        silent: whether the validation page of a path says that nothing failed, and something was not evaluated.
    """
    text = _INDEX_ROW.sub(lambda row: _row(row[0], silent), _head(text))
    if _MARK in text:
        return text
    text = text.replace("<html>", '<html lang="en">', 1).replace("</head>", f"{_STYLE}</head>", 1)
    text = text.replace("</body>", f"{_SCRIPT}{_MARK}</body>", 1)
    text = text.replace(_MAIN, f'role="main" {_MAIN}', 1)
    text = _INNER_NAV.sub(r'<div class="d-flex align-items-center">\1</div>', text, count=1)
    return text.replace('<li class="nav-item">', '<li class="nav-item" role="presentation">')


def is_silent(text: str) -> bool:
    """Whether a validation page says that nothing failed, and something was not evaluated."""
    failed, not_evaluated = _counts(text)
    return not_evaluated > 0 and failed == 0


def _counts(text: str) -> tuple[int, int]:
    """How many rules failed, and how many were not evaluated; the page's own head is not counted."""
    return text.count(f"{_CROSS} >"), text.count(f"{_TRIANGLE} >")


def _head(text: str) -> str:
    failed, not_evaluated = _counts(text)
    if not not_evaluated:
        return text
    if not failed:
        return text.replace(_HEAD, f'{_TRIANGLE} aria-hidden="true"></i> Nothing failed, {not_evaluated} not evaluated')
    return re.sub(f"{re.escape(_HEAD)}(?!,)", f"{_HEAD}, {not_evaluated} not evaluated", text)


def _row(row: str, silent: Callable[[str], bool]) -> str:
    link = _LINK.search(row)
    if "ge-failed-icon" not in row or link is None or not silent(link[1]):
        return row
    row = row.replace("fa-times text-danger ge-failed-icon", "fa-exclamation-triangle text-warning")
    return row.replace("'_validation_success_text': 'Failed'", "'_validation_success_text': 'Not evaluated'")
