"""The paywall line: what is below it in the stream of a page opens with the page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy
from wagtail.blocks import StaticBlock, StreamBlock, StreamValue
from wagtail.blocks.stream_block import StreamBlockValidationError

from .values import PaywallStreamValue, WholeValueMixin


class PaywallLineBlock(StaticBlock):
    """Marks where the teaser of a page ends. It holds in a :class:`PaywallStreamBlock` that is the
    stream of a page; anywhere else a system check reports it."""

    #: How a stream knows it from other blocks.
    is_paywall_line = True

    class Meta:
        icon = "lock"
        label = gettext_lazy("Paywall line")
        admin_text = gettext_lazy("Paywall line: everything below needs a license.")


class PaywallStreamMixin(WholeValueMixin):
    """Lets a ``StreamBlock`` have a paywall line: put it before the class."""

    @property
    def line_names(self) -> set[str]:
        """The names under which this stream has the line."""
        blocks = self.child_blocks.items()  # type: ignore[attr-defined]
        return {name for name, block in blocks if getattr(block, "is_paywall_line", False)}

    def to_python(self, value: Any) -> PaywallStreamValue:
        """Return the stream as one that knows of the line."""
        return PaywallStreamValue.of(super().to_python(value))  # type: ignore[misc]

    def bulk_to_python(self, values: Any) -> list[PaywallStreamValue]:
        """Return the streams as ones that know of the line."""
        return [PaywallStreamValue.of(value) for value in super().bulk_to_python(values)]  # type: ignore[misc]

    def empty_value(self, raw_text: Any = None) -> PaywallStreamValue:
        """Return an empty stream."""
        return PaywallStreamValue.of(super().empty_value(raw_text))  # type: ignore[misc]

    def clean(self, value: Any) -> PaywallStreamValue:
        """Validate; one line is enough."""
        cleaned = PaywallStreamValue.of(super().clean(value))
        if sum(kind in self.line_names for kind in cleaned._types()) > 1:
            raise StreamBlockValidationError(
                non_block_errors=[ValidationError(gettext("There can be one paywall line only."))]
            )
        return cleaned

    def render(self, value: Any, context: Any = None) -> str:
        """Return what the visitor of ``context["request"]`` may see of the stream."""
        return super().render(_shown(value, context), context=context)  # type: ignore[misc]

    def get_api_representation(self, value: Any, context: Any = None) -> Any:
        """Return what the visitor of ``context["request"]`` may see: up to the line, or everything."""
        if value is None:
            return []
        shown = PaywallStreamValue.of(value).for_request((context or {}).get("request"))
        return super().get_api_representation(shown, context=context)  # type: ignore[misc]

    def get_searchable_content(self, value: Any) -> list[str]:
        """Return what is above the line: a search index answers everybody."""
        return super().get_searchable_content(PaywallStreamValue.of(value).above())  # type: ignore[misc]

    def above_the_line(self, value: Any) -> PaywallStreamValue | None:
        """Return the teaser: what is above the line. None without a line, or with nothing above it."""
        stream = PaywallStreamValue.of(value)
        return stream.above() if stream.line else None


class PaywallStreamBlock(PaywallStreamMixin, StreamBlock):
    """The stream of a page in which a :class:`PaywallLineBlock` holds.

    ``StreamField(PaywallStreamBlock([("text", RichTextBlock()), ("line", PaywallLineBlock())]))``.
    What is below the line is for people who open the page: in HTML, in Wagtail's APIs, in templates
    that go through the stream block by block, and it is not in the search index. A page without a
    gate shows everything. Python code that goes through the stream gets all of it; ask
    ``for_request(request)`` of the value for what may be shown.
    """


def _shown(value: Any, context: Any) -> StreamValue:
    stream = PaywallStreamValue.of(value)
    request = (context or {}).get("request")
    if request is None or (stream._is_part and stream.whole_value is None):
        # Nobody new to ask for: as the page is shown already, else as to a stranger.
        return stream()
    return stream.for_request(request)


#: The address that migrations of a site keep.
DECONSTRUCT_ALIASES = {
    block: f"wagtail_licensing.blocks.{block.__name__}" for block in (PaywallLineBlock,)
}
