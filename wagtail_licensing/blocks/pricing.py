"""The pricing table as a block of a page."""

from typing import Any

from django.utils.translation import gettext_lazy
from wagtail.blocks import CharBlock, StructBlock

from .settings import ProductsBlock


class PricingTableBlock(StructBlock):
    """What is for sale, with prices and buttons: the products chosen, or all without any.

    The same table as on the plans page and of the tag ``license_offers``: what the visitor has is
    marked, and a purchase leads back to the page. A page that shows it is for one person: caches that
    several people share must not keep it.
    """

    heading = CharBlock(label=gettext_lazy("Heading"), required=False)
    products = ProductsBlock(label=gettext_lazy("Products (none: all)"), required=False)

    class Meta:
        icon = "key"
        label = gettext_lazy("Pricing table")
        template = "wagtail_licensing/blocks/pricing_table.html"

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """Add ``products``: those that exist still, or None for all."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        chosen = [product for product in value.get("products") or [] if product is not None]
        context["products"] = chosen or None
        return context
