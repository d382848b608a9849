"""Somebody who has a keyboard and no mouse, and has to see where they are."""

import re

from playwright.sync_api import Page

#: More stops than a page of ours has.
MOST_STOPS = 80

FOCUSED = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  const label = here.labels && here.labels.length ? here.labels[0].innerText : '';
  return {
    words: (label || here.innerText || here.value || '').replace(/\\s+/g, ' ').trim(),
    html: here.outerHTML.slice(0, 90),
    ringed: style.outlineStyle === 'auto'
      || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
    inView: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
  };
}"""


class Keyboard:
    """Tab, Enter, Space and letters. Wherever Tab leads, the focus has to be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, words: str) -> None:
        """Press Tab until what begins with ``words`` (a pattern) has the focus."""
        seen = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(FOCUSED)
            if here is None:
                continue
            assert here["ringed"], f"no focus to be seen on {here['html']}"
            assert here["inView"], f"out of view: {here['html']}"
            if re.match(words, here["words"]):
                return
            seen.append(here["words"])
        raise AssertionError(f"Tab does not lead to {words!r}, but to {seen}")

    def press(self, words: str, key: str = "Enter") -> None:
        """Press what begins with ``words``."""
        self.reach(words)
        self.page.keyboard.press(key)

    def write(self, label: str, text: str) -> None:
        """Write into the field with a label that begins with ``label``."""
        self.reach(label)
        self.page.keyboard.type(text)
