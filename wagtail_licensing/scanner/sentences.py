"""Recognises gated content without writing: by long sentences that stand there and nowhere else."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from modelcluster.models import get_all_child_relations
from wagtail.fields import StreamField

from ..compat import page_model
from .canaries import Secret, label_of, teaser_of, text_fields
from .parts import CHILDREN, block_secret, is_ours, snippets_of
from .streams import raw_below_line, raw_with_marked_parts

_SENTENCE = re.compile(r"[^.!?<>&\"'\\\n]{50,200}")
#: So many sentences of a thing are looked for, and so many of a field are tried.
_FEW, _TRIED = 3, 40


def fingerprint_of_page(page: Any) -> Secret:
    """Recognise ``page`` by sentences of its own; of a stream with a paywall line, of what is below it.

    Sentences of the teaser, and those that another page of the type has too, do not count.
    """
    secret = Secret(page, label_of(page))
    _note(secret, page, shown=teaser_of(page))
    secret.fields = tuple(sorted(set(secret.patterns.values())))
    return secret


def fingerprint_of_object(instance: Any) -> Secret:
    """Recognise an object that is no page by sentences of its own."""
    secret = Secret(instance, label_of(instance), kind="object")
    _note(secret, instance)
    return secret


def fingerprint_children(page: Any) -> Iterator[Secret]:
    """Yield by what the inline children of a gated page are recognised, kind by kind."""
    of_every_page = {relation.related_model for relation in get_all_child_relations(page_model())}
    for relation in get_all_child_relations(type(page)):
        model = relation.related_model
        if model in of_every_page or is_ours(model):
            continue
        name = relation.get_accessor_name()
        secret = Secret(page, f"{label_of(page)}, {name}", kind="part")
        for child in model._base_manager.filter(**{relation.field.name: page.pk})[:CHILDREN]:
            _note(secret, child, prefix=f"{name}.")
        yield secret


def fingerprint_snippets(pages: Iterable[Any]) -> Iterator[Secret]:
    """Yield by what the snippets are recognised to which gated pages refer and nothing else does."""
    return snippets_of(pages, fingerprint_of_object)


def fingerprint_blocks(pages: Iterable[Any]) -> Iterator[Secret]:
    """Yield by what each gated block of open pages is recognised: sentences that stand in no other block
    of the page."""
    for page in pages:
        instance = page.specific
        for stream in instance._meta.concrete_fields:
            if isinstance(stream, StreamField):
                yield from _of_blocks(instance, stream)


def _of_blocks(page: Any, stream: StreamField) -> Iterator[Secret]:
    found: list[tuple[Secret, str]] = []

    def look(raw: dict[str, Any]) -> str:
        secret, _products = block_secret(page, raw)
        found.append((secret, json.dumps(raw, ensure_ascii=False)))
        return ""

    value = getattr(page, stream.name)
    raw_with_marked_parts(stream.stream_block, value, look)
    whole = json.dumps(list(value.raw_data), ensure_ascii=False) if found else ""
    for secret, text in found:
        alone = (words for words in _sentences(text) if whole.count(words) == 1)
        _add(secret, page, stream.name, alone, f"{stream.name}, a gated block")
        yield secret


def _note(secret: Secret, instance: Any, *, shown: str = "", prefix: str = "") -> None:
    for field in text_fields(instance):
        sentences = (words for words in _sentences(_text(field, instance)) if words not in shown)
        _add(secret, instance, field.name, sentences, f"{prefix}{field.name}")


def _text(field: Any, instance: Any) -> str:
    value = getattr(instance, field.name)
    if isinstance(field, StreamField):
        return json.dumps(raw_below_line(field.stream_block, value), ensure_ascii=False)
    return str(value or "")


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE.findall(text)[:_TRIED]:
        words = sentence.strip()
        if len(words) >= 40 and words.isascii():
            yield words


def _add(secret: Secret, instance: Any, field: str, sentences: Iterable[str], part: str) -> None:
    """Note the first sentences that no other object of the model has in the field. A query for each."""
    # As text: a database does not look for words in the JSON of a stream.
    others = (
        type(instance)._base_manager.exclude(pk=instance.pk).annotate(_said=Cast(field, TextField()))
    )
    for words in sentences:
        if len(secret.patterns) >= _FEW:
            return
        if not others.filter(_said__contains=words).exists():
            secret.patterns[words.encode()] = part
