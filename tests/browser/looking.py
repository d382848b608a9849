"""Look at a page as everybody sees it: small and large, light and dark, from either side."""

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

#: Below this, something is hard to hit with a finger (WCAG 2.5.8).
TARGET = 24

#: What can be pressed, is seen, and is no link in the middle of a sentence.
TOO_SMALL = """least => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(element => element.checkVisibility() && !element.closest('[class$=skip]:not(:focus)'))
  .filter(element => {
    if (element.tagName !== 'A' || getComputedStyle(element).display !== 'inline') return true;
    const beside = [...element.parentElement.childNodes];
    return beside.every(node => node.nodeType !== Node.TEXT_NODE || !node.textContent.trim());
  })
  .map(element => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
  .filter(([html, box]) => box.height < least - 0.01 || box.width < least - 0.01)
  .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""

#: Where a page is wider than the window: what sticks out.
STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const beyond = [...document.body.querySelectorAll('*')].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width && (box.right > wide + 1 || box.left < -1);
  });
  return ['wider than the window', ...beyond.slice(0, 5).map(each => each.outerHTML.slice(0, 90))];
}"""

RESULTS = Path("test-results")

#: The script is put into a page once and not with every look.
_AXE = Axe()
_AGAIN = Axe("undefined")


@dataclass(frozen=True)
class Look:
    """One way to look at a page."""

    width: int
    scheme: str
    side: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.side}"

    @property
    def is_examined(self) -> bool:
        """Tell whether axe runs: in half of the looks, in which every two of the values meet."""
        return (self.width == 320) ^ (self.scheme == "dark") ^ (self.side == "ltr")

    @property
    def is_kept(self) -> bool:
        """Tell whether a picture is kept: of two that differ in everything."""
        return str(self) in {"1280-light-ltr", "320-dark-rtl"}


LOOKS = [Look(*values) for values in product((1280, 320), ("light", "dark"), ("ltr", "rtl"))]


def violations(page: Page, axe: Axe = _AXE) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA."""
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = axe.run(page, options=options).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def faults_of(page: Page, name: str) -> list[str]:
    """Look at a page in every way without loading it again, and return what is wrong with it.

    Two pictures are kept in ``test-results/screens``, and one of each look in which something is wrong.
    """
    page.evaluate(_AXE.axe_script)
    found = []
    for look in LOOKS:
        page.set_viewport_size({"width": look.width, "height": 800})
        page.emulate_media(color_scheme=look.scheme)
        page.evaluate("side => { document.documentElement.dir = side }", look.side)
        here = page.evaluate(TOO_SMALL, TARGET) + page.evaluate(STICKS_OUT)
        if look.is_examined:
            here += violations(page, _AGAIN)
        if here or look.is_kept:
            keep_picture(page, f"screens/{name}-{look}")
        found += [f"{look}: {fault}" for fault in here]
    return found


def keep_picture(page: Page, name: str) -> None:
    """Keep what a page shows as ``test-results/<name>.png``."""
    path = RESULTS / f"{re.sub(r'[^a-zA-Z0-9/_-]+', '-', name)}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)


def require_good(page: Page, width: int) -> None:
    """Fail if anything is wrong with a page as it is shown, in a window that is ``width`` wide."""
    page.set_viewport_size({"width": width, "height": 800})
    faults = page.evaluate(TOO_SMALL, TARGET) + page.evaluate(STICKS_OUT) + violations(page)
    assert not faults, "\n".join([page.url, *faults])


def sign_in(page: Page, client: Client, user: Any, live_server: Any) -> None:
    """Give the browser the session of ``user``."""
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    page.context.add_cookies([cookie])
