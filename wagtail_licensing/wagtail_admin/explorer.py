"""The page explorer: a column that says who can read each page, and filters by rule and product."""

from functools import cache
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BaseColumn
from wagtail.admin.views.pages.listing import ExplorableIndexView

from ..access.before import gates_before
from ..models import EntitlementRule, LicenseProduct
from ..models.gates import GateAudience
from .page_state import STANDING_ICONS, PageState, Standing
from .rule_filters import RULE_CHOICES, narrow

SHORT_LABELS = {
    Standing.OPEN: _("Open"),
    Standing.INHERITED: _("Inherited"),
    Standing.OWN: _("Own rule"),
    Standing.FREE: _("Free preview"),
}

#: Where a table keeps what the column shows of its rows.
_STATES = "_licensing_states"


def states_of_pages(pages: Any) -> dict[Any, PageState]:
    """Return how each of ``pages`` stands, by id. Three queries at most, whatever their number."""
    pages = list(pages)
    found: dict[Any, PageState] = {}
    for page, before in zip(pages, gates_before(pages), strict=True):
        gate = before[0].gate if before else None
        licensed = gate is not None and gate.audience == GateAudience.LICENSED
        rules = tuple(gate.rules.all()) if gate is not None and licensed else ()
        found[page.pk] = PageState(page, gate, rules)
    return found


class AccessColumn(BaseColumn):
    """Says of each page whether it is open, follows a rule from above, or has one of its own.

    What all rows need is read when the first cell is drawn: three queries for a whole table.
    """

    cell_template_name = "wagtail_licensing/admin/access_cell.html"

    def __init__(self, name: str = "licensing_access", **kwargs: Any) -> None:
        super().__init__(name, **{"label": _("Access"), "width": "12%", **kwargs})

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        """Return the icon, the words and the products of one page."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        table = context["table"]
        if not hasattr(table, _STATES):
            setattr(table, _STATES, states_of_pages(table.data))
        state = getattr(table, _STATES).get(instance.pk)
        if state is not None and not instance.is_root():
            context["icon"] = STANDING_ICONS[state.standing]
            context["words"] = SHORT_LABELS[state.standing]
            context["products"] = state.products
        return context


def _products(request: Any) -> QuerySet[LicenseProduct]:
    return LicenseProduct.objects.filter(pk__in=EntitlementRule.objects.values("product_id"))


def _by_rule(queryset: Any, name: str, value: str) -> Any:
    """Keep pages with a rule of their own, an inherited one, a free preview, or none."""
    return narrow(queryset, rule=value)


def _by_product(queryset: Any, name: str, products: Any) -> Any:
    """Keep pages that one of ``products`` opens, by their own rule or by one from above."""
    return narrow(queryset, products=products)


@cache
def with_access_filters(filterset_class: type[Any]) -> type[Any]:
    """Return a subclass of ``filterset_class`` that filters by rule and product too."""
    attributes = {
        "licensing_rule": django_filters.ChoiceFilter(
            label=_("Access"),
            choices=RULE_CHOICES,
            empty_label=_("Any"),
            widget=forms.RadioSelect,
            method=_by_rule,
        ),
        "licensing_product": django_filters.ModelMultipleChoiceFilter(
            label=_("Opened by"),
            queryset=_products,
            widget=forms.CheckboxSelectMultiple,
            method=_by_product,
        ),
    }
    return type(f"Licensing{filterset_class.__name__}", (filterset_class,), attributes)


class LicensingIndexViewMixin:
    """Adds the column "Access" and the filters by rule and product to a listing of pages.

    For the ``index_view_class`` of a ``PageViewSet`` of your own: put it before Wagtail's view class.
    Costs three queries for a listing, whatever the number of pages.
    """

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Add the filters to whatever filters the listing has."""
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        filterset_class: Any = self.filterset_class  # type: ignore[has-type]
        if filterset_class is not None:
            self.filterset_class = with_access_filters(filterset_class)

    def get_table(self, object_list: Any) -> Any:
        """Add the column before the last one, which leads to the children."""
        table = super().get_table(object_list)  # type: ignore[misc]
        column = AccessColumn()
        if column.name not in table.columns:
            table.columns[column.name] = column
            if "navigate" in table.columns:
                table.columns.move_to_end("navigate")
        return table


class LicensingIndexView(LicensingIndexViewMixin, ExplorableIndexView):
    """Wagtail's page explorer with the column and the filters."""
