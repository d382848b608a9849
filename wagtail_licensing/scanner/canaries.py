"""Words that stand in gated content and nowhere else, and where they are put."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from wagtail.fields import RichTextField, StreamField

from ..access import check_access
from ..compat import page_model
from .streams import has_line, raw_with_words


@dataclass(slots=True)
class Secret:
    """Gated content by which it is recognised.

    ``patterns``: any of them in an answer is a leak, by the name of the part that it comes from.
    ``probe``: a word of the hidden text that is no pattern, for questions that are echoed. ``kind``:
    "page", "part" (of a gated page), "block" (of an open page), "file", "object" or "area".
    ``shown_on``: the channels in which people with a license have to see it, any where there is none.
    ``closes`` tells whether a user may not see it; by default ``check_access`` does. ``has_parts``:
    other secrets speak for it, so that it needs no pattern of its own.
    """

    instance: Any
    label: str
    patterns: dict[bytes, str] = field(default_factory=dict)
    probe: str = ""
    fields: tuple[str, ...] = ()
    kind: str = "page"
    shown_on: tuple[str, ...] = ()
    closes: Callable[[Any], bool] | None = None
    has_parts: bool = False

    def is_closed_to(self, user: Any) -> bool:
        """Tell whether ``user`` may not see it."""
        if self.closes is not None:
            return self.closes(user)
        return not check_access(user, self.instance).allowed

    def seen_in(self, content: bytes) -> str | None:
        """Return the name of the part whose words are in ``content``; None where none is."""
        return next((part for pattern, part in self.patterns.items() if pattern in content), None)


def label_of(instance: Any) -> str:
    """Return what an object is called in a report: its type and id, never its title."""
    return f"{type(instance).__name__} {instance.pk}"


def plant_in_page(page: Any, run: str) -> Secret:
    """Put words of its own into each hidden text field of ``page``, in the present transaction.

    No signal is sent: nothing is purged, indexed elsewhere or mailed. A field that shows up in the
    teaser, or is declared public, stays as it is. The secret has no patterns where there is no field.
    """
    probe = f"wlprobe{run}p{page.pk}e"
    secret = Secret(page, label_of(page), probe=probe, shown_on=("page", "sub-route"))
    secret.fields = plant_in_fields(page, secret, f"{run}p{page.pk}", teaser=teaser_of)
    return secret


def plant_in_fields(
    instance: Any,
    secret: Secret,
    mark: str,
    *,
    prefix: str = "",
    teaser: Callable[[Any], str] | None = None,
) -> tuple[str, ...]:
    """Put words into each hidden text field of ``instance``, note them in ``secret``, and return the
    names of the fields. ``mark`` makes the words its own, ``prefix`` stands before the names in
    reports. What shows up in the ``teaser`` stays as it is. One query."""
    planted: dict[str, Any] = {}
    for number, text in enumerate(text_fields(instance)):
        token = f"wlcanary{mark}f{number}z"
        before = getattr(instance, text.name)
        value = _with_words(text, before, f"{secret.probe} {token}".strip())
        if value is None:
            continue
        setattr(instance, text.name, value)
        if teaser is not None and token in teaser(instance):
            setattr(instance, text.name, before)
            continue
        planted[text.name] = value
        below = isinstance(text, StreamField) and has_line(text.stream_block, before)
        name = f"{prefix}{text.name}"
        secret.patterns[token.encode()] = f"{name}, below the paywall line" if below else name
    if planted:
        type(instance)._base_manager.filter(pk=instance.pk).update(**planted)
    return tuple(planted)


def teaser_of(page: Any) -> str:
    """Return what a page shows to everybody by its own declaration."""
    teaser = page.get_teaser() if hasattr(page, "get_teaser") else ""
    return f"{teaser} {page.search_description}"


def text_fields(instance: Any) -> Iterator[models.Field]:
    """Return the fields of an object that hold text of the site and are not declared public."""
    public = getattr(instance, "licensing_public_fields", ()) or ()
    is_page = isinstance(instance, page_model())
    own = {field.name for field in page_model()._meta.get_fields()} if is_page else set()
    for text in instance._meta.concrete_fields:
        if text.name in own or text.name in public or getattr(text, "choices", None):
            continue
        if isinstance(text, (StreamField, RichTextField)) or type(text) is models.TextField:
            yield text


def _with_words(text: models.Field, value: Any, words: str) -> Any:
    if isinstance(text, StreamField):
        raw = raw_with_words(text.stream_block, value, words)
        return None if raw is None else text.stream_block.to_python(raw)
    if isinstance(text, RichTextField):
        return f"{value or ''}<p>{words}</p>"
    return f"{value or ''} {words}"


def sample_of_file(content: bytes) -> bytes | None:
    """Return some bytes from the middle of a file by which it is recognised; None for a tiny file."""
    if len(content) < 24:
        return None
    middle = len(content) // 2
    return content[max(0, middle - 24) : middle + 24]
