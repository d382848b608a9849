"""A block whose content only people with a license see."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.translation import gettext, gettext_lazy
from wagtail.blocks import Block, BlockGroup, StructBlock, StructValue
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from ..gates.parts import part_is_open
from .settings import AreaBlock, ProductsBlock, TeaserBlock
from .values import GatedValue, WholeValueMixin, gated_html, whole

PRODUCTS, AREA, OTHERWISE = "only_for", "only_in_area", "otherwise"

#: The children that say who sees the content. Everything else is content.
SETTINGS = (PRODUCTS, AREA, OTHERWISE)

#: What the editor shows of the block when it is collapsed.
LABEL_FORMAT = gettext_lazy("Only: {only_for} {only_in_area}")

TEASER_TEMPLATE = "wagtail_licensing/includes/gated_block_teaser.html"


class GatedBlockMixin(WholeValueMixin):
    """Gates a ``StructBlock``: put it before the class. See :class:`GatedBlock`."""

    settings_names = SETTINGS

    def __init__(self, local_blocks: Iterable[tuple[str, Block]] | None = None, **kwargs: Any) -> None:
        content = list(local_blocks or [])
        taken = {*dict(content), *getattr(self, "base_blocks", {})} & set(SETTINGS)
        if taken:
            raise ValueError(f"A gated block has settings of its own called {sorted(taken)}")
        super().__init__([*content, *_settings()], **kwargs)  # type: ignore[call-arg]
        meta: Any = self.meta  # type: ignore[attr-defined]
        if meta.value_class is StructValue:
            meta.value_class = GatedValue
        elif not issubclass(meta.value_class, GatedValue):
            raise TypeError("The value_class of a gated block has to be a GatedValue")
        if meta.label_format is None:
            meta.label_format = LABEL_FORMAT

    def get_form_layout(self) -> BlockGroup:
        """Return the layout that the class or the site gives, with our settings in the drawer."""
        layout: Any = super().get_form_layout()  # type: ignore[misc]
        children = [name for name in layout.children if name not in SETTINGS]
        others = [name for name in layout.settings if name not in SETTINGS]
        return BlockGroup(children, settings=[*others, *SETTINGS])

    @property
    def content_names(self) -> list[str]:
        """The names of the children that are gated."""
        return [name for name in self.child_blocks if name not in SETTINGS]  # type: ignore[attr-defined]

    def is_open(self, value: Any, context: Any = None) -> bool:
        """Tell whether the visitor of ``context["request"]`` sees the content. Never raises."""
        request = (context or {}).get("request")
        page = (context or {}).get("page")
        try:
            products = [product.pk for product in whole(value).get(PRODUCTS) or () if product]
            area = whole(value).get(AREA) or ""
        except Exception:  # noqa: BLE001 - what cannot be read cannot be opened
            return False
        return part_is_open(request, products=products, area=area, previewed=page)

    def render(self, value: Any, context: Any = None) -> str:
        """Return the content for people with access, else the teaser or nothing."""
        value = self.normalize(whole(value))  # type: ignore[attr-defined]
        if self.is_open(value, context) or self._is_sample(context):
            return gated_html(super().render(value.opened(), context))  # type: ignore[misc]
        return self.render_teaser(value, context)

    def render_basic(self, value: Any, context: Any = None) -> str:
        """Return the content, child by child, where the block has no template."""
        blocks = value.bound_blocks
        html = [(blocks[name].render(context),) for name in self.content_names if name in blocks]
        return format_html_join("\n", "{}", html)

    def render_teaser(self, value: Any, context: Any = None) -> str:
        """Return what people without access see: the text for them, or nothing."""
        text = value.get(OTHERWISE)
        if not text:
            return ""
        context = {"teaser": text, "request": (context or {}).get("request")}
        return render_to_string(TEASER_TEMPLATE, context)

    def _is_sample(self, context: Any) -> bool:
        # Wagtail's picker of blocks shows a made-up value of this very definition to editors.
        return bool(context) and context.get("block_def") is self

    def get_api_representation(self, value: Any, context: Any = None) -> dict[str, Any]:
        """Return ``is_open``, and with it the content, or the teaser for people without access."""
        value = whole(value)
        if not self.is_open(value, context):
            return {"is_open": False, "teaser": value.get(OTHERWISE) or ""}
        shown = {}
        for name in self.content_names:
            block = self.child_blocks[name]  # type: ignore[attr-defined]
            shown[name] = block.get_api_representation(value.get(name), context=context)
        return {"is_open": True, **shown}

    def get_searchable_content(self, value: Any) -> list[str]:
        """Return the teaser: a search index answers everybody."""
        text = whole(value).get(OTHERWISE)
        return [text] if text and self.search_index else []  # type: ignore[attr-defined]

    def clean(self, value: Any) -> Any:
        """Validate, and for more than a draft require that somebody can open the content."""
        cleaned = super().clean(value)
        if not self.is_deferred_validation and not (cleaned.get(PRODUCTS) or cleaned.get(AREA)):  # type: ignore[attr-defined]
            nobody = ValidationError(gettext("Choose a product or an area: nobody could open this."))
            error = ListBlockValidationError(non_block_errors=[nobody])
            raise StructBlockValidationError({PRODUCTS: error})
        return cleaned


class GatedBlock(GatedBlockMixin, StructBlock):
    """Content that only people with one of the chosen products, or of a named area, see.

    ``GatedBlock([("heading", CharBlock()), ("text", RichTextBlock())])`` takes any children; a class
    with children of its own works too. Others see the teaser, or nothing. It is closed without a
    request, in the search index, for a product that was deleted and an area without a gate, and
    when anything goes wrong; holders of an archived product keep it.

    In a template ``{% include_block %}`` shows what the visitor may see; the content of the value
    is there only in the block's own template.
    """

    class Meta:
        icon = "lock"
        label = gettext_lazy("For license holders")
        label_format = LABEL_FORMAT
        value_class = GatedValue


def gated(block: Block | type[Block], **kwargs: Any) -> GatedBlock:
    """Return a gated block around any other, a stream of blocks for instance: ``gated(BodyBlock())``.

    The content is the child ``content``; ``kwargs`` go to the :class:`GatedBlock`.
    """
    return GatedBlock([("content", block() if isinstance(block, type) else block)], **kwargs)


def _settings() -> list[tuple[str, Block]]:
    """Return new blocks for the settings."""
    return [(PRODUCTS, ProductsBlock()), (AREA, AreaBlock()), (OTHERWISE, TeaserBlock())]
