"""Searches: a word of hidden text must find nothing, whatever of the result is shown."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from .canaries import Secret
from .crawl import Crawl, with_query

#: What search views call the words, asked for all at once.
_NAMES = ("q", "query", "search", "s", "term")
_FIELD = re.compile(rb"<input[^>]*\bname=[\"']?(q|query|search|s|term)[\"'\s>]", re.IGNORECASE)
_FEW = 6


def is_search_form(body: bytes) -> bool:
    """Tell whether a page has a field for words to search."""
    return _FIELD.search(body) is not None


def look_for_words(crawl: Crawl, channel: str, url: str, names: tuple[str, ...] = _NAMES) -> None:
    """Search ``url`` for a word of each hidden text, and for one that stands nowhere."""
    pages = [secret for secret in crawl.secrets if secret.probe and secret.patterns][:_FEW]
    for persona in crawl.outsiders:
        closed = {id(secret) for secret in crawl.closed_to(persona)}
        asked = [secret for secret in pages if id(secret) in closed]
        if not asked:
            continue
        nothing = crawl.browser.ask(persona, _asking(url, names, f"wlprobe{crawl.run}p0e"))
        for secret in asked:
            address = _asking(url, names, secret.probe)
            answer = crawl.look_as(persona, channel, address)
            if answer is None or answer.status >= 400:
                continue
            if _tells(secret, answer.body, nothing.body):
                part = "found by a word of its hidden text"
                crawl.leak(secret, part, persona, channel, address)


def _asking(url: str, names: tuple[str, ...], word: str) -> str:
    return with_query(url, "&".join(f"{name}={word}" for name in names))


def _tells(secret: Secret, body: bytes, nothing: bytes) -> bool:
    """Tell whether a result gives away that the word is in the page: its address, or another count."""
    page: Any = secret.instance
    address = (page.url and urlsplit(page.url).path or "").encode()
    title = str(page.title).encode()
    for sign in (address, title):
        if len(sign) > 3 and sign in body and sign not in nothing:
            return True
    counted = _count(body)
    return counted is not None and counted != _count(nothing)


def _count(body: bytes) -> int | None:
    try:
        data = json.loads(body)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    meta = data.get("meta")
    counts = [data.get("count"), meta.get("total_count") if isinstance(meta, dict) else None]
    return next((count for count in counts if isinstance(count, int)), None)
