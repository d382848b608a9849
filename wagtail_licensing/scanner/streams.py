"""Puts words into a StreamField: into the last block that takes text, or into a new one."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from wagtail import blocks


def raw_with_words(stream: Any, value: Any, words: str) -> list[Any] | None:
    """Return the raw data of ``value``, a value of the block ``stream``, with ``words`` in it.

    Where the stream has a paywall line, they come below it. None where no block of the stream takes
    text.
    """
    raw = raw_of(value)
    hidden = raw[len(raw) - len(raw_below_line(stream, value)) :]
    for short_texts in (False, True):
        for item in reversed(hidden):
            block = stream.child_blocks.get(item["type"])
            changed = _into(block, item["value"], words, short_texts)
            if changed is not None:
                item["value"] = changed
                return raw
    for short_texts in (False, True):
        for name, block in stream.child_blocks.items():
            changed = _into(block, _empty(block), words, short_texts)
            if changed is not None:
                return [*raw, {"type": name, "value": changed}]
    return None


def has_line(stream: Any, value: Any) -> bool:
    """Tell whether a paywall line stands in ``value``."""
    return any(_is_line(stream, item) for item in raw_of(value))


def raw_below_line(stream: Any, value: Any) -> list[Any]:
    """Return the raw data of ``value`` below its last paywall line; all of it where there is none."""
    raw = raw_of(value)
    lines = [place for place, item in enumerate(raw) if _is_line(stream, item)]
    return raw[lines[-1] + 1 :] if lines else raw


def raw_of(value: Any) -> list[Any]:
    """Return a copy of the raw data of a value."""
    return [deepcopy(item) for item in getattr(value, "raw_data", ())]


def _is_line(stream: Any, item: Any) -> bool:
    return bool(getattr(stream.child_blocks.get(item["type"]), "is_paywall_line", False))


def raw_with_marked_parts(stream: Any, value: Any, mark: Callable[[Any], str]) -> list[Any] | None:
    """Return the raw data of ``value`` with words in each of its gated blocks, at any depth.

    ``mark(raw)`` is asked with the raw value of each and returns the words for it. None where no
    gated block takes text.
    """
    raw = raw_of(value)
    return _marked(stream, raw, mark)


def _marked(block: Any, value: Any, mark: Callable[[Any], str]) -> Any:
    """Return the raw ``value`` with words in the gated blocks in it, None where there is none."""
    if isinstance(block, blocks.StructBlock):
        if hasattr(block, "content_names"):
            return _mark_one(block, value or {}, mark)
        changed = {
            name: found
            for name, child in block.child_blocks.items()
            if (found := _marked(child, (value or {}).get(name), mark)) is not None
        }
        return {**value, **changed} if changed else None
    if isinstance(block, (blocks.StreamBlock, blocks.ListBlock)) and value:
        found = [_marked_item(block, item, mark) for item in value]
        if any(item is not None for item in found):
            return [new if new is not None else old for new, old in zip(found, value, strict=True)]
    return None


def _marked_item(block: Any, item: Any, mark: Callable[[Any], str]) -> Any:
    is_item = isinstance(item, dict) and "value" in item
    inner = item["value"] if is_item else item
    child = block.child_block if hasattr(block, "child_block") else block.child_blocks.get(item["type"])
    found = _marked(child, inner, mark)
    if found is None or not is_item:
        return found
    return {**item, "value": found}


def _mark_one(block: Any, value: dict[str, Any], mark: Callable[[Any], str]) -> Any:
    words = mark(value)
    for short_texts in (False, True):
        for name in reversed(block.content_names):
            changed = _into(block.child_blocks[name], value.get(name), words, short_texts)
            if changed is not None:
                return {**value, name: changed}
    return None


def _empty(block: Any) -> Any:
    return block.get_prep_value(block.get_default())


def _into(block: Any, value: Any, words: str, short_texts: bool) -> Any:
    """Return the raw ``value`` of ``block`` with ``words`` in it, or None where it takes none."""
    if isinstance(block, blocks.RichTextBlock):
        return f"{value or ''}<p>{words}</p>"
    if isinstance(block, blocks.TextBlock) or (short_texts and type(block) is blocks.CharBlock):
        return f"{value or ''} {words}"
    if isinstance(block, blocks.StructBlock):
        for name, child in reversed(block.child_blocks.items()):
            changed = _into(child, (value or {}).get(name), words, short_texts)
            if changed is not None:
                return {**(value or {}), name: changed}
    if isinstance(block, blocks.ListBlock) and value:
        last = value[-1]
        inner = last["value"] if isinstance(last, dict) and last.get("type") == "item" else last
        changed = _into(block.child_block, inner, words, short_texts)
        if changed is not None:
            return [*value[:-1], {"type": "item", "value": changed}]
    if isinstance(block, blocks.StreamBlock) and value:
        last = value[-1]
        changed = _into(block.child_blocks.get(last["type"]), last["value"], words, short_texts)
        if changed is not None:
            return [*value[:-1], {**last, "value": changed}]
    return None
