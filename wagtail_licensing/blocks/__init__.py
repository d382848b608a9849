"""Blocks for StreamField: content for license holders, and the line below which a page is locked."""

from .gated import GatedBlock, GatedBlockMixin, gated
from .paywall import PaywallLineBlock, PaywallStreamBlock, PaywallStreamMixin
from .pricing import PricingTableBlock
from .settings import AreaBlock, ProductChooserBlock, ProductsBlock, TeaserBlock
from .values import GatedValue, PaywallStreamValue

__all__ = [
    "AreaBlock",
    "GatedBlock",
    "GatedBlockMixin",
    "GatedValue",
    "PaywallLineBlock",
    "PaywallStreamBlock",
    "PaywallStreamMixin",
    "PaywallStreamValue",
    "PricingTableBlock",
    "ProductChooserBlock",
    "ProductsBlock",
    "TeaserBlock",
    "gated",
]
