"""A view that is open to the holders of products, as a target that can be asked about."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..models import LicenseProduct


@dataclass(frozen=True, slots=True)
class GuardedView:
    """What a view behind ``license_required`` asks for where no gate of its area stands: one of the
    products with these slugs. ``name`` is for people: the path of the view."""

    name: str
    products: Sequence[str]

    def __str__(self) -> str:
        return self.name

    def product_ids(self) -> list[int]:
        """Return the ids of the products that there are. One query."""
        found = LicenseProduct.objects.filter(slug__in=self.products)
        return list(found.order_by("sort_order", "pk").values_list("pk", flat=True))
