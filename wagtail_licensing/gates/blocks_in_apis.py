"""Close the blocks of a StreamField that write their own answer for an API.

Wagtail's chooser blocks give an id. A site's block may give more of what was chosen: before it is
asked, what the reader may not open is taken out, as if it had been deleted.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Model
from wagtail.blocks import Block, ChooserBlock, StreamValue, StructValue
from wagtail.blocks.list_block import ListValue

from ..conf import conf
from .redaction import what_is_left
from .wrapping import wrap

_METHOD = "get_api_representation"


def close_blocks_in_apis() -> None:
    """Wrap the blocks of a site that answer APIs themselves; called once, when all are loaded."""
    for block_class in _subclasses(Block):
        if not getattr(block_class, _METHOD).__module__.startswith(("wagtail.", "wagtail_licensing.")):
            wrap(block_class, _METHOD, _of_what_is_open)


def _subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for subclass in base.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _of_what_is_open(original: Callable[..., Any]) -> Callable[..., Any]:
    def represented(self: Any, value: Any, context: Any = None) -> Any:
        if not conf.gate_api:
            return original(self, value, context=context)
        request = (context or {}).get("request")
        if isinstance(self, ChooserBlock) and _is_closed(value, request):
            return self.get_prep_value(value)
        return original(self, without_closed(value, request), context=context)

    return represented


def without_closed(value: Any, request: Any) -> Any:
    """Return ``value`` without what is closed in it: the same object where nothing is.

    In a struct its place is empty; in a list or a stream it is left out.
    """
    value = shown_for(value, request)
    if _is_closed(value, request):
        return None
    if isinstance(value, StructValue):
        parts = {name: without_closed(part, request) for name, part in value.items()}
        if all(parts[name] is part for name, part in value.items()):
            return value
        return type(value)(value.block, parts)
    if isinstance(value, ListValue):
        kept = _kept(list(value), request)
        return value if kept is None else ListValue(value.list_block, values=kept)
    if isinstance(value, StreamValue):
        return _streamwithout_closed(value, request)
    if isinstance(value, (list, tuple)):
        kept = _kept(list(value), request)
        return value if kept is None else kept
    return value


def shown_for(value: Any, request: Any) -> Any:
    """Return of a gated block, or a stream with a paywall line, what the visitor may see."""
    show = getattr(value, "shown_for", None)
    return value if show is None else show(request)


def _kept(values: list[Any], request: Any) -> list[Any] | None:
    """Return what is left of ``values``, or None when nothing is closed."""
    kept = [(without_closed(value, request), value) for value in values]
    if all(new is old for new, old in kept):
        return None
    return [new for new, old in kept if new is not None or old is None]


def _streamwithout_closed(stream: StreamValue, request: Any) -> StreamValue:
    children = [(child, without_closed(child.value, request)) for child in stream]
    if all(new is child.value for child, new in children):
        return stream
    data = [
        (child.block_type, new, child.id)
        for child, new in children
        if new is not None or child.value is None
    ]
    return StreamValue(stream.stream_block, data)


def _is_closed(value: Any, request: Any) -> bool:
    return isinstance(value, Model) and what_is_left(request, value) is not None
