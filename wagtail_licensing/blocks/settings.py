"""The settings of a gated block: who sees its content, and what everybody else sees.

They are classes without arguments, so that a better word in a label is no migration of a site.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.widgets import BaseChooser
from wagtail.blocks import ChooserBlock, FieldBlock, ListBlock, TextBlock

from ..models import Gate, LicenseProduct
from ..models.gates import GateKind

#: The name under which the admin registers the chooser.
PRODUCT_CHOOSER = "wagtail_licensing_product_chooser"


class ProductChooser(BaseChooser):
    """The form widget that chooses a license product."""

    model = LicenseProduct
    icon = "key"
    choose_one_text = gettext_lazy("Choose a license product")
    choose_another_text = gettext_lazy("Choose another license product")
    link_to_chosen_text = gettext_lazy("Edit this license product")
    chooser_modal_url_name = f"{PRODUCT_CHOOSER}:choose"

    def get_display_title(self, instance: Any) -> str:
        """Return the name, and that nobody can get the product any more where that is so."""
        return chooser_title(instance)


def chooser_title(product: LicenseProduct) -> str:
    """Return the name of a product for the people who choose one."""
    if product.is_archived:
        return gettext("%(product)s (archived)") % {"product": product.name}
    return product.name


class ProductChooserBlock(ChooserBlock):
    """Chooses a license product. The value is a ``LicenseProduct``, None where it was deleted."""

    target_model = LicenseProduct

    @cached_property
    def widget(self) -> ProductChooser:
        """The widget with its modal."""
        return ProductChooser()

    class Meta:
        icon = "key"


class ProductsBlock(ListBlock):
    """Chooses any number of license products. The value is a list of them, None for deleted ones."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ProductChooserBlock(label=gettext_lazy("Product")), **kwargs)

    def get_translatable_segments(self, value: Any) -> list[Any]:
        """Return nothing for wagtail-localize: a block opens for the same people in all languages."""
        return []

    def restore_translated_segments(self, value: Any, segments: Any) -> Any:
        """Return ``value``, which has nothing to translate."""
        return value

    class Meta:
        icon = "key"
        label = gettext_lazy("Only for people with a license for")
        default: ClassVar[list[Any]] = []


def area_choices() -> Iterator[tuple[str, str]]:
    """Return the named areas that have a gate. One query."""
    yield "", ""
    areas = Gate.objects.filter(kind=GateKind.AREA).order_by("area")
    for area in areas.values_list("area", flat=True):
        yield str(area), str(area)


class AreaBlock(FieldBlock):
    """Chooses a named area: a gate that an administrator put up under a name. The value is the
    name, empty for none."""

    @cached_property
    def field(self) -> forms.ChoiceField:
        """The form field; the areas are read whenever it is shown."""
        return forms.ChoiceField(
            choices=area_choices,
            required=False,
            help_text=gettext_lazy("A gate of its own, under Licensing → Gates."),
        )

    class Meta:
        icon = "lock"
        label = gettext_lazy("Or for people who open the named area")
        default = ""


class TeaserBlock(TextBlock):
    """What everybody else sees. The value is a text, empty for nothing."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = gettext_lazy("In place of the content. Empty: nothing.")
        super().__init__(required=False, help_text=help_text, **kwargs)

    class Meta:
        icon = "pilcrow"
        label = gettext_lazy("Everyone else sees")
        default = ""


#: The address that migrations of a site keep.
DECONSTRUCT_ALIASES = {
    block: f"wagtail_licensing.blocks.{block.__name__}"
    for block in (AreaBlock, ProductChooserBlock, ProductsBlock, TeaserBlock)
}
