"""Streams of pages: they know their page, and pages know in which request they are shown."""

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from wagtail.fields import Creator, StreamField

from ..compat import page_model
from ..gates.wrapping import wrap
from .paywall import PaywallStreamMixin
from .values import PaywallStreamValue, show


class StreamOfPage(Creator):
    """The attribute of a model that holds a stream: gives it out with the page whose stream it is."""

    def __get__(self, obj: Any, type: Any = None) -> Any:
        value = super().__get__(obj, type)
        if isinstance(value, PaywallStreamValue) and not value._is_part:
            value.page = obj
        return value


def connect_streams() -> None:
    """Let every stream with a paywall line know its page; called once, when we are ready."""
    for model, field in streams_of_models():
        if isinstance(field.stream_block, PaywallStreamMixin):
            setattr(model, field.attname, StreamOfPage(field))
    wrap(page_model(), "get_context", _shows_the_page)


def streams_of_models() -> Iterator[tuple[type[Any], StreamField]]:
    """Return every stream field with the model that has it."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, StreamField):
                yield model, field


def _shows_the_page(original: Callable[..., Any]) -> Callable[..., Any]:
    """Have a page remember the request whose template it goes into: being served, or previewed."""

    def get_context(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        show(self, request)
        return original(self, request, *args, **kwargs)

    return get_context
