"""Chromium for tests, without a window, and what of a page cannot be read."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

_AXE = Axe()

# What of a page cannot be read: a text too like what it stands on (4.5, or 3 where it is large), a control without a
# name. Colours of the page are opaque.
UNREADABLE = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => { for (let one = node; one; one = one.parentElement) {
    const colour = parse(getComputedStyle(one).backgroundColor); if (colour[3] !== 0) return colour; }
    return parse(getComputedStyle(document.documentElement).backgroundColor); };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement, style = getComputedStyle(node);
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility() || node.tagName === 'OPTION') continue;
    const [one, other] = [light(parse(style.color)), light(ground(node))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (one + 0.05) / (other + 0.05);
    const said = walker.currentNode.textContent.trim().slice(0, 30);
    if (ratio < (isLarge ? 3 : 4.5)) bad.push(`${said}: ${ratio.toFixed(2)}`);
  }
  for (const control of document.querySelectorAll('input:not([type=hidden]), select, button, a')) {
    const labels = [...(control.labels || [])].map(label => label.textContent).join('');
    const name = control.getAttribute('aria-label') || control.textContent.trim() || labels;
    if (!name.trim()) bad.push(`no name: ${control.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) bad.push(`twice: ${id}`);
  if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
  return bad;
}"""


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser that is closed at the end; a machine without one fails."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium is not None, "chromium is not installed: run `make setup`, or install the package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody from using a page."""
    found = _AXE.run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
