"""Values of gated blocks, and what of them a template gets to see.

Django's templates call what they look up when it can be called. That is how a value tells a
template, which gets what the visitor may see, from Python code, which gets the whole: forms,
revisions and scripts that change streams lose nothing. A template gives no arguments; GraphQL, which
calls values with some, gets the value itself and narrows it later.
"""

from collections import OrderedDict
from typing import Any

from django.utils.html import format_html
from wagtail.blocks import StreamValue, StructValue

from ..gates.parts import PageState, page_state

#: The class of the element around what is shown to people with access only.
GATED_CLASS = "licensing-gated"


def whole(value: Any) -> Any:
    """Return the whole of which ``value`` shows a part; ``value`` itself when it is none."""
    complete = getattr(value, "whole_value", None)
    return value if complete is None else complete


def gated_html(html: Any) -> str:
    """Return ``html`` in the element that tells search engines what is not free."""
    return format_html('<div class="{}">{}</div>', GATED_CLASS, html) if html else ""


class WholeValueMixin:
    """Has a block work on the whole of a value where a template hands it a part."""

    def clean(self, value: Any) -> Any:
        """Validate the whole."""
        return super().clean(whole(value))  # type: ignore[misc]

    def get_prep_value(self, value: Any) -> Any:
        """Store the whole."""
        return super().get_prep_value(whole(value))  # type: ignore[misc]

    def get_form_state(self, value: Any) -> Any:
        """Let editors edit the whole."""
        return super().get_form_state(whole(value))  # type: ignore[misc]

    def extract_references(self, value: Any) -> Any:
        """Find the references of the whole: the reference index is for editors."""
        return super().extract_references(whole(value))  # type: ignore[misc]

    def get_block_by_content_path(self, value: Any, path_elements: Any) -> Any:
        """Find a block anywhere in the whole."""
        return super().get_block_by_content_path(whole(value), path_elements)  # type: ignore[misc]


class GatedValue(StructValue):
    """The value of a gated block. In a template its content is there only inside the block's own
    rendering, for people with access; elsewhere only the settings are."""

    #: In a part of a value: the whole.
    whole_value: Any = None
    _is_opened = False

    def __call__(self, *args: Any, **kwargs: Any) -> "GatedValue":
        if args or kwargs or self._is_opened or self.whole_value is not None:
            return self
        names = self.block.settings_names
        closed = type(self)(self.block, {name: self.get(name) for name in names})
        closed.whole_value = self
        return closed

    def shown_for(self, request: Any) -> "GatedValue":
        """Return the value as it may leave in an answer to ``request``: whole, or its settings only."""
        complete = whole(self)
        if complete.block.is_open(complete, {"request": request}):
            return complete.opened()
        return type(self)(self.block, {name: complete.get(name) for name in self.block.settings_names})

    def opened(self) -> "GatedValue":
        """Return the same value with its content shown in templates, for one rendering."""
        value = type(self)(self.block, self.items())
        value._is_opened = True
        return value

    def __str__(self) -> str:
        return str(self.block.render(self))

    def __repr__(self) -> str:
        # A template prints what is around this value, and logs do; the content is in neither.
        return f"<{type(self).__name__}>"

    @property
    def bound_blocks(self) -> Any:
        """The blocks of what is shown."""
        blocks = self.block.child_blocks.items()
        return OrderedDict((name, block.bind(self[name])) for name, block in blocks if name in self)


class GatedChild(StreamValue.StreamChild):
    """A block below the line, for people with access."""

    def render(self, context: Any = None) -> str:
        """Return the block in the element that tells search engines what is not free."""
        return gated_html(super().render(context=context))

    def render_as_block(self, context: Any = None) -> str:
        """Return the same: before Wagtail 8.0 a template asks for it under this name."""
        return self.render(context=context)


class PaywallStreamValue(StreamValue):
    """The value of a stream with a paywall line. In a template it shows what the visitor may see."""

    #: In a part of a stream: the whole, if there is one to come back to.
    whole_value: Any = None
    #: The page whose stream it is; what is below a line opens with it.
    page: Any = None
    _is_part = False

    @classmethod
    def of(cls, value: StreamValue) -> "PaywallStreamValue":
        """Return ``value`` as one that knows of the line."""
        if isinstance(value, cls):
            return value
        made = cls(value.stream_block, [], raw_text=value.raw_text)
        made.is_lazy = value.is_lazy
        made._raw_data, made._bound_blocks = value._raw_data, value._bound_blocks
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> "PaywallStreamValue":
        if args or kwargs or self._is_part:
            return self
        return self.for_request(shown_to(self.page))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} blocks>"

    def for_request(self, request: Any) -> "PaywallStreamValue":
        """Return what the visitor of ``request`` may see; None is a stranger. See ``page_state``.

        All of it, where the page is open to the visitor or no gate stands before it. Otherwise what
        is above the line, and the line.
        """
        complete = whole(self)
        line = complete.line
        if line is None:
            return complete._part(complete, complete)
        state = page_state(self.page, request)
        if state is PageState.CLOSED:
            return complete._part(complete[: line + 1], complete)
        below = complete[line + 1 :]
        if state is PageState.OPEN:
            below = [GatedChild(child.block, child.value, id=child.id) for child in below]
        return complete._part([*complete[:line], *below], complete)

    def shown_for(self, request: Any) -> "PaywallStreamValue":
        """Return the stream as it may leave in an answer to ``request``, with no way back."""
        shown = self.for_request(request)
        shown.whole_value = None
        return shown

    def above(self) -> "PaywallStreamValue":
        """Return what is above the line, which everybody may see; all of it when there is no line."""
        line = self.line
        return self._part(self if line is None else self[:line], None)

    @property
    def line(self) -> int | None:
        """The index of the first paywall line, or None. Reads no block."""
        lines = self.stream_block.line_names
        return next((i for i, kind in enumerate(self._types()) if kind in lines), None)

    def _types(self) -> list[str]:
        return [
            self._raw_data[i]["type"] if child is None else child.block_type
            for i, child in enumerate(self._bound_blocks)
        ]

    def _part(self, children: Any, complete: Any) -> "PaywallStreamValue":
        part = PaywallStreamValue(self.stream_block, list(children))
        part.page, part.whole_value, part._is_part = self.page, complete, True
        return part


class Shown:
    """The request that a page is shown in. Pickled and copied it is nothing: a page from a cache
    is shown to nobody yet."""

    __slots__ = ("request",)

    def __init__(self, request: Any) -> None:
        self.request = request

    def __reduce__(self) -> Any:
        return Shown, (None,)


_SHOWN = "_licensing_shown"


def show(page: Any, request: Any) -> None:
    """Remember on ``page`` that it is being put into a template for ``request``."""
    page.__dict__[_SHOWN] = Shown(request)


def shown_to(page: Any) -> Any:
    """Return the request that ``page`` is being shown in, or None."""
    kept = getattr(page, "__dict__", {}).get(_SHOWN)
    return None if kept is None else kept.request
