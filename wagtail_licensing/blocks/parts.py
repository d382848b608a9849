"""Which parts of a page are not for everybody."""

from typing import Any

from wagtail.blocks import ListBlock, StreamBlock, StructBlock
from wagtail.fields import StreamField

from ..compat import page_model
from ..gates.parts import PageState, page_state
from .gated import GatedBlockMixin
from .paywall import PaywallLineBlock, PaywallStreamMixin


def is_free(page: Any) -> bool:
    """Tell whether strangers may see all of ``page``. No query while the gate index is young.

    Anything but a page is not: it is what a paywall shows.
    """
    if not isinstance(page, page_model()) or page_state(page, None) is not PageState.FREE:
        return False
    fields = [field for field in page._meta.concrete_fields if isinstance(field, StreamField)]
    return not any(_has_gated(field.stream_block, getattr(page, field.attname)) for field in fields)


def misplaced_lines(block: Any, *, top: bool = True) -> list[Any]:
    """Return the paywall lines somewhere in the definition ``block`` of a stream that hold nothing:
    all but those of a paywall stream that is the stream of a page itself."""
    found: list[Any] = []
    for child in _children(block):
        if not isinstance(child, PaywallLineBlock):
            found += misplaced_lines(child, top=False)
        elif not (top and isinstance(block, PaywallStreamMixin)):
            found.append(child)
    return found


def _children(block: Any) -> list[Any]:
    if isinstance(block, ListBlock):
        return [block.child_block]
    return list(getattr(block, "child_blocks", {}).values())


def _has_gated(block: Any, value: Any) -> bool:
    """Tell whether a gated block is somewhere in a value."""
    if isinstance(block, GatedBlockMixin):
        return True
    if not value or not _may_have_gated(block):
        return False
    if isinstance(block, StreamBlock):
        return any(_has_gated(child.block, child.value) for child in value)
    if isinstance(block, StructBlock):
        return any(_has_gated(each, value.get(name)) for name, each in block.child_blocks.items())
    if isinstance(block, ListBlock):
        return any(_has_gated(block.child_block, each) for each in value)
    return False


def _may_have_gated(block: Any) -> bool:
    return isinstance(block, GatedBlockMixin) or any(map(_may_have_gated, _children(block)))
