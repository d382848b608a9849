"""One address after another, asked as everybody, and what came back judged."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.cache import caches

from .browser import Answer, Browser
from .canaries import Secret
from .fixes import fix_for
from .personas import Persona
from .report import Leak, ScanReport

#: Channels where a cache may stand between.
_CACHED = ("page", "page variant", "sub-route", "open page", "view", "feed", "search", "API", "API v2")


class Crawl:
    """What all channels of a scan share: who asks, what must not be seen, and what was found."""

    def __init__(
        self,
        *,
        browser: Browser,
        report: ScanReport,
        secrets: list[Secret],
        outsiders: list[Persona],
        licensed: Persona | None,
        run: str,
    ) -> None:
        self.browser = browser
        self.report = report
        self.secrets = secrets
        self.outsiders = outsiders
        self.licensed = licensed
        self.run = run
        self._asked: set[tuple[str, str, str]] = set()
        self._proved: set[int] = set()
        self._closed = {
            persona.name: [
                secret for secret in secrets if secret.patterns and secret.is_closed_to(persona.user)
            ]
            for persona in outsiders
        }

    def look(self, channel: str, url: str, **extra: Any) -> None:
        """Ask for ``url`` with a license, so that caches are filled, then as each of the others."""
        if self.licensed is not None and self._is_new(self.licensed, url):
            self._prove(channel, self.browser.ask(self.licensed, url, **extra))
        for persona in self.outsiders:
            self.look_as(persona, channel, url, **extra)

    def look_as(
        self, persona: Persona, channel: str, url: str, method: str = "GET", **extra: Any
    ) -> Answer | None:
        """Ask for ``url`` as ``persona`` and note what leaked. None where that was asked before."""
        if not self._is_new(persona, url, method if not extra else f"{method} {sorted(extra)}"):
            return None
        answer = self.browser.ask(persona, url, method, **extra)
        if answer.status >= 500:
            self.report.add_unscanned(url, f"answered {answer.status} to {persona.name}")
            return answer
        found = self._seen(persona, answer)
        if found:
            channel = self._cache_or(channel, persona, url, method, **extra)
        for secret, part in found:
            self.leak(secret, part, persona, channel, url if method == "GET" else f"{method} {url}")
        return answer

    def leak(self, secret: Secret, part: str, persona: Persona, channel: str, url: str) -> None:
        """Note that content of ``secret`` came to ``persona``."""
        fix = fix_for(channel, part)
        self.report.add_leak(Leak(url, persona.name, channel, f"{secret.label}, {part}", fix))

    def closed_to(self, persona: Persona) -> list[Secret]:
        """Return what ``persona`` may not open."""
        return self._closed[persona.name]

    def few(self) -> Iterable[Persona]:
        """Return the personas that ask where asking is many: stranger and member."""
        return self.outsiders[:2]

    def finish(self) -> None:
        """Say for which targets the scan proves nothing."""
        self.report.requests = self.browser.requests
        self.report.targets = sum(
            bool(secret.patterns or not secret.has_parts) for secret in self.secrets
        )
        self.report.proved = len(self._proved)
        if self.licensed is None:
            return
        for number, secret in enumerate(self.secrets):
            if secret.patterns and number not in self._proved:
                self.report.add_unscanned(
                    secret.label,
                    "could not see the canary as a licensed member: the scan proves nothing for it",
                )

    def _prove(self, channel: str, answer: Answer) -> None:
        """Note whose content came with a license: that of a page on pages, that of a file anywhere."""
        for number, secret in enumerate(self.secrets):
            if secret.shown_on and channel not in secret.shown_on:
                continue
            if number not in self._proved and secret.seen_in(answer.content):
                self._proved.add(number)

    def _is_new(self, persona: Persona, url: str, method: str = "GET") -> bool:
        key = (persona.name, method, url)
        if key in self._asked:
            return False
        self._asked.add(key)
        return True

    def _seen(self, persona: Persona, answer: Answer) -> list[tuple[Secret, str]]:
        parts = ((secret, secret.seen_in(answer.content)) for secret in self.closed_to(persona))
        return [(secret, part) for secret, part in parts if part]

    def _cache_or(self, channel: str, persona: Persona, url: str, method: str, **extra: Any) -> str:
        """Return "cache" where the leak is gone once the caches are empty, else ``channel``."""
        if channel not in _CACHED:
            return channel
        for cache in caches.all():
            cache.clear()
        again = self.browser.ask(persona, url, method, **extra)
        return channel if self._seen(persona, again) else "cache"


def with_query(url: str, query: str) -> str:
    """Return ``url`` with ``query`` added to what it has."""
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"
