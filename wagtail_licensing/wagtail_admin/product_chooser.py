"""The dialog in which editors choose a license product for a gated block."""

from typing import Any

from django.utils.translation import gettext_lazy
from wagtail.admin.viewsets.chooser import ChooserViewSet

from ..blocks.settings import PRODUCT_CHOOSER, ProductChooser
from ..models import LicenseProduct


class ProductChooserViewSet(ChooserViewSet):
    """Offers the products that people can still get; whoever edits a page may name one."""

    model = LicenseProduct
    icon = "key"
    choose_one_text = gettext_lazy("Choose a license product")
    base_widget_class = ProductChooser
    # Foreign keys to products keep their select boxes.
    register_widget = False

    def get_object_list(self) -> Any:
        """Return the products in their order."""
        return LicenseProduct.objects.filter(is_archived=False)


def product_chooser() -> ProductChooserViewSet:
    """Return the viewset for Wagtail to register."""
    return ProductChooserViewSet(PRODUCT_CHOOSER)
