"""What a view asks for: the area and the products that ``license_required`` was given."""

from collections.abc import Sequence
from typing import Any

#: Where a function keeps what opens it, for system checks and explanations.
REQUIRES = "licensing_requires"


def mark(view: Any, area: str, products: Sequence[str]) -> Any:
    """Have ``view`` say what it asks for, and return it."""
    setattr(view, REQUIRES, (area, tuple(products)))
    return view


def requirement_of(view: Any) -> tuple[str, tuple[str, ...]] | None:
    """Return the area and the product slugs that a view asks for, None when it asks for nothing.

    A class-based view says so by the attributes of ``LicenseRequiredMixin``.
    """
    view_class: Any = getattr(view, "view_class", None)
    if hasattr(view_class, "license_area") and hasattr(view_class, "license_products"):
        return view_class.license_area, tuple(view_class.license_products)
    return getattr(view, REQUIRES, None)
