"""The condition "if the visitor has a license for it" in templates."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.template.base import token_kwargs

from ..models import LicenseProduct
from .marks import mark_of_area
from .parts import part_is_open

TAG, ELSE, END = "if_licensed", "else", "endif_licensed"


def visitor_is_licensed(
    request: Any, products: Iterable[Any], *, area: Any = "", page: Any = None
) -> bool:
    """Tell whether the visitor opens one of ``products`` (slugs or ``LicenseProduct``), the named
    ``area`` or the ``page``. Never raises; False without a request."""
    products = [product for product in products if product]
    ids = [product.pk for product in products if isinstance(product, LicenseProduct)]
    slugs = [str(product) for product in products if not isinstance(product, LicenseProduct)]
    return part_is_open(request, products=ids, slugs=slugs, area=str(area or ""), page=page)


class IfLicensedNode(template.Node):
    """``{% if_licensed ... %} ... {% else %} ... {% endif_licensed %}``."""

    child_nodelists = ("nodelist_open", "nodelist_closed")

    def __init__(
        self, products: list[Any], kwargs: dict[str, Any], opened: Any, closed: Any = None
    ) -> None:
        self.products, self.kwargs = products, kwargs
        self.nodelist_open = opened
        self.nodelist_closed = closed if closed is not None else template.NodeList()

    @classmethod
    def parse(cls, parser: Any, token: Any) -> "IfLicensedNode":
        """Read the tag. Raises ``TemplateSyntaxError`` that says what is wrong."""
        bits = token.split_contents()[1:]
        products = []
        while bits and not _is_keyword(bits[0]):
            products.append(parser.compile_filter(bits.pop(0)))
        kwargs = token_kwargs(bits, parser)
        if bits:
            raise template.TemplateSyntaxError(
                f"{TAG}: {bits[0]!r} after a named argument; products come first"
            )
        if unknown := sorted(set(kwargs) - {"area", "page"}):
            raise template.TemplateSyntaxError(f"{TAG}: there is no argument {unknown[0]!r}")
        if not products and not kwargs:
            raise template.TemplateSyntaxError(
                f"{TAG} needs slugs of products, area=... or page=...: for whom is it?"
            )
        opened = parser.parse((ELSE, END))
        closed = None
        if parser.next_token().contents == ELSE:
            closed = parser.parse((END,))
            parser.delete_first_token()
        return cls(products, kwargs, opened, closed)

    def render(self, context: template.Context) -> str:
        """Render the one part or the other."""
        products = [product.resolve(context, ignore_failures=True) for product in self.products]
        kwargs = {
            name: value.resolve(context, ignore_failures=True) for name, value in self.kwargs.items()
        }
        request = context.get("request")
        is_open = visitor_is_licensed(request, products, **kwargs)
        html = str((self.nodelist_open if is_open else self.nodelist_closed).render(context))
        return html + mark_of_part(request, str(kwargs.get("area") or "")) if is_open else html


def mark_of_part(request: Any, area: str) -> str:
    """Return the mark of a scan, as a comment, where it is the area that opens the part; else ""."""
    mark = mark_of_area(area)
    return f"<!-- {mark} -->" if mark and part_is_open(request, area=area) else ""


def _is_keyword(bit: str) -> bool:
    name, equals, _ = bit.partition("=")
    return bool(equals) and name.isidentifier()
