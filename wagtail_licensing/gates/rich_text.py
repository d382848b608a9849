"""Links in rich text to what is hidden from the reader lead nowhere, as links to a deleted page do.

Rich text is turned into HTML without a request in sight. So whoever puts an answer together leaves it
where it is found here: a template, an API. Where none is left, the reader is a stranger.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from django.template.base import Template
from wagtail.documents import get_document_model
from wagtail.rich_text.rewriters import FIND_A_TAG, LinkRewriter, extract_attrs

from ..access.decision import anything_hidden
from ..compat import page_model
from .redaction import is_hidden_target
from .wrapping import wrap

#: The request that an answer is put together for at the moment.
_reading: ContextVar[Any] = ContextVar("licensing_rich_text", default=None)

#: What Wagtail makes of a link to a page that has gone.
_NOWHERE = "<a>"

#: The only format of an API that resolves addresses past the rewriter of links.
_MARKDOWN = "markdown"


def close_rich_text() -> None:
    """Wrap what resolves links, and what knows the reader; called once, when we are ready."""
    wrap(LinkRewriter, "get_tag_replacements", _without_hidden)
    wrap(Template, "render", _in_template)
    try:
        api = import_module("wagtail.api.rich_text").APIRichText
    except ImportError:  # Wagtail 7.4 gives rich text as it is stored
        return
    serialize = api.serialize
    if not getattr(serialize, "is_closed", False):

        def serialized(value: Any, *, format: Any, **kwargs: Any) -> Any:
            if format == _MARKDOWN and isinstance(value, str):
                value = _unlinked(value)
            return serialize(value, format=format, **kwargs)

        serialized.is_closed = True  # type: ignore[attr-defined]
        api.serialize = staticmethod(serialized)


@contextmanager
def reading(request: Any) -> Iterator[None]:
    """Take whoever is behind ``request`` for the reader of the rich text that is resolved inside."""
    token = _reading.set(request)
    try:
        yield
    finally:
        _reading.reset(token)


def _in_template(render: Callable[..., Any]) -> Callable[..., Any]:
    def rendered(self: Any, context: Any) -> Any:
        request = getattr(context, "request", None) or context.get("request")
        if request is None or request is _reading.get():
            return render(self, context)
        with reading(request):
            return render(self, context)

    return rendered


def _without_hidden(get_replacements: Callable[..., Any]) -> Callable[..., Any]:
    def replacements(self: Any, tag_type: Any, attrs_list: Any) -> Any:
        found = get_replacements(self, tag_type, attrs_list)
        if not found or tag_type not in _MODELS:
            return found
        hidden = _hidden(tag_type, (attrs.get("id") for attrs in attrs_list))
        return [
            _NOWHERE if str(attrs.get("id")) in hidden else tag
            for attrs, tag in zip(attrs_list, found, strict=True)
        ]

    return replacements


def _unlinked(html: str) -> str:
    """Return stored rich text in which links to what is hidden lead nowhere."""

    def tag(match: re.Match[str]) -> str:
        attrs = extract_attrs(match.group(1))
        kind = attrs.get("linktype")
        is_hidden = kind in _MODELS and str(attrs.get("id")) in _hidden(kind, [attrs.get("id")])
        return _NOWHERE if is_hidden else match.group(0)

    return str(FIND_A_TAG.sub(tag, html))


_MODELS: dict[Any, Callable[[], Any]] = {"page": page_model, "document": get_document_model}


def _hidden(kind: str, ids: Iterable[Any]) -> set[str]:
    """Return which of ``ids`` are hidden from the reader; all of them when that cannot be told.

    No query while nothing on the site is hidden. Otherwise one for the objects, and what the decision
    costs if one of them is behind such a gate.
    """
    wanted = {str(pk) for pk in ids if pk is not None}
    try:
        if not anything_hidden():
            return set()
        found = _MODELS[kind]()._base_manager.filter(pk__in=wanted)
        return {str(one.pk) for one in found if _is_hidden(one)}
    except Exception:  # noqa: BLE001 - what cannot be told is not told of
        return wanted


def _is_hidden(target: Any) -> bool:
    request = _reading.get()
    if is_hidden_target(request, target):
        return True
    # A link to a page leads to its translation in the language of the reader.
    localized = getattr(target, "localized", target)
    return localized.pk != target.pk and is_hidden_target(request, localized)
