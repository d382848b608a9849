"""Parts of a template that are kept: ``{% licensingcache %}``.

What no gate was consulted for is kept for everybody, what a gate was consulted for, inside or before,
for one person as long as they open the same; strangers are one person.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import template
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.utils import make_template_fragment_key
from django.template import TemplateSyntaxError
from wagtail.models import PAGE_TEMPLATE_VAR

from ..access.opened import gates_version, what_opens
from ..access.watching import is_fleeting, note_consulted, watching
from ..conf import now
from .answers import known_decision
from .caches import touched
from .headers import touch
from .view_as import is_viewed_as

TAG, END = "licensingcache", "endlicensingcache"

#: Stands in the place of a fragment that is kept for each person.
_VARIES = 1

#: An answer is put together in less time. For whoever's access changed within it nothing is kept yet:
#: a part of the answer may be from before.
_RECENTLY = timedelta(seconds=60)


class LicensingCacheNode(template.Node):
    """``{% licensingcache timeout name ... %} ... {% endlicensingcache %}``."""

    def __init__(self, nodelist: Any, timeout: Any, name: str, vary_on: list[Any], using: Any) -> None:
        self.nodelist = nodelist
        self.timeout, self.name, self.vary_on, self.using = timeout, name, vary_on, using

    @classmethod
    def parse(cls, parser: Any, token: Any) -> "LicensingCacheNode":
        """Read the tag, which is written as Django's ``{% cache %}``."""
        nodelist = parser.parse((END,))
        parser.delete_first_token()
        bits = token.split_contents()
        using = None
        if len(bits) > 3 and bits[-1].startswith("using="):
            using = parser.compile_filter(bits.pop().removeprefix("using="))
        if len(bits) < 3:
            raise TemplateSyntaxError(f"{TAG} needs a timeout in seconds and a name")
        vary_on = [parser.compile_filter(bit) for bit in bits[3:]]
        return cls(nodelist, parser.compile_filter(bits[1]), bits[2], vary_on, using)

    def render(self, context: template.Context) -> str:
        """Return the fragment as it was kept, or render it and keep it where that is allowed."""
        timeout = self._timeout(context)
        request = context.get("request")
        if _is_never_kept(request, context):
            return str(self.nodelist.render(context))
        version = gates_version()
        cache = self._cache(context)
        vary_on = [version, *(variable.resolve(context) for variable in self.vary_on)]
        kept = cache.get(self._key(vary_on))
        if isinstance(kept, str):
            return kept
        before = touched(request)
        opens = _what_opens(request) if before or kept == _VARIES else None
        if opens is not None and (own := cache.get(self._key([opens, *vary_on]))) is not None:
            touch(request)
            note_consulted()
            return str(own)
        with watching() as watch:
            text = str(self.nodelist.render(context))
        if gates_version() != version:
            return text
        if not before:
            is_shared = not watch.consulted and not touched(request)
            if kept is None:
                cache.set(self._key(vary_on), text if is_shared else _VARIES, timeout)
        # What the visitor opens must have been the same before and after.
        if opens is not None and not watch.fleeting and _what_opens(request) == opens:
            cache.set(self._key([opens, *vary_on]), text, timeout)
        return text

    def _key(self, vary_on: Iterable[Any]) -> str:
        return make_template_fragment_key(f"{TAG}.{self.name}", vary_on)

    def _timeout(self, context: template.Context) -> int | None:
        timeout = self.timeout.resolve(context)
        try:
            return None if timeout is None else int(timeout)
        except (TypeError, ValueError):
            raise TemplateSyntaxError(f"{TAG}: {timeout!r} is no number of seconds") from None

    def _cache(self, context: template.Context) -> Any:
        if self.using is None:
            name = "template_fragments"
            return caches[name if name in caches.settings else "default"]
        try:
            return caches[self.using.resolve(context)]
        except InvalidCacheBackendError:
            raise TemplateSyntaxError(f"{TAG}: there is no cache {self.using.token}") from None


def _is_never_kept(request: Any, context: template.Context) -> bool:
    """Tell whether nobody else, and not even the same person later, may see what is put together."""
    if request is None or getattr(request, "is_preview", False) or is_viewed_as(request):
        return True
    page = context.get(PAGE_TEMPLATE_VAR)
    decision = known_decision(page, request) if getattr(page, "pk", None) is not None else None
    return decision is not None and is_fleeting(decision)


def _what_opens(request: Any) -> str | None:
    return what_opens(getattr(request, "user", None), at=now(), since=_RECENTLY)
