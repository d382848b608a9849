"""License products in the admin: what is sold, at which prices, and what it opens."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin import messages
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.slug import SlugInput

from ..gates.write import announce_gate, gate_facts
from ..models import EntitlementRule, Gate, LicenseProduct, ProductPrice
from ..models.products import ProductKind
from .exports import SafeExportMixin
from .links import PRODUCTS


class ProductForm(WagtailAdminModelForm):
    """Checks what the database would refuse, and says it where it can be mended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The label of a gate names its target; read with the gates, not one by one.
        related = ("page", "page_type", "collection", "document")
        for form in (self.formsets["rules"].empty_form, *self.formsets["rules"].forms):
            form.fields["gate"].queryset = Gate.objects.select_related(*related)

    def clean(self) -> Any:
        """Require the term of a fixed term, and keep prices that somebody has paid."""
        cleaned = super().clean()
        fixed = cleaned.get("kind") == ProductKind.FIXED_TERM
        if "kind" in cleaned and "term_days" not in self.errors:
            if fixed and not cleaned.get("term_days"):
                self.add_error("term_days", gettext("A fixed term needs its length in days."))
            elif not fixed and cleaned.get("term_days"):
                self.add_error("term_days", gettext("Only a fixed term has a length in days."))
        for form in self.formsets["prices"].deleted_forms:
            if form.instance.pk and is_used(form.instance):
                self.add_error(
                    None,
                    gettext("The price %(price)s has been used and cannot be removed. Archive it.")
                    % {"price": form.instance.stripe_price_id},
                )
        return cleaned


def is_used(price: ProductPrice) -> bool:
    """Tell whether a checkout, a subscription or a payment refers to ``price``. Three queries."""
    return any(
        related.filter(price_id=price.pk).exists()
        for related in (price.billing_items, price.payments, price.checkout_intents)
    )


class ProductSaveMixin:
    """Announces the gates whose rules were changed through a product."""

    def save_instance(self) -> LicenseProduct:
        """Save the product with its prices and rules."""
        product = self.form.instance  # type: ignore[attr-defined]
        before = _facts_of_gates(product)
        saved: LicenseProduct = super().save_instance()  # type: ignore[misc]
        after = _gates_of(saved)
        user = self.request.user  # type: ignore[attr-defined]
        gates = {gate.pk: gate for gate, _facts in before.values()} | {gate.pk: gate for gate in after}
        for pk, gate in gates.items():
            facts = before[pk][1] if pk in before else _without(gate_facts(gate), saved)
            announce_gate(gate=gate, by=user, before=facts)
        return saved


def _gates_of(product: LicenseProduct) -> list[Gate]:
    if product.pk is None:
        return []
    rules = EntitlementRule.objects.filter(product_id=product.pk)
    return list(Gate.objects.filter(pk__in=rules.values("gate_id")))


def _facts_of_gates(product: LicenseProduct) -> dict[int, tuple[Gate, Any]]:
    return {gate.pk: (gate, gate_facts(gate)) for gate in _gates_of(product)}


def _without(facts: Any, product: LicenseProduct) -> Any:
    """Return what a gate said before this product was allowed to open it."""
    return {**facts, "rules": [rule for rule in facts["rules"] if rule[0] != product.pk]}


class ProductCreateView(ProductSaveMixin, generic.CreateView):
    """Makes a product."""


class ProductEditView(ProductSaveMixin, generic.EditView):
    """Changes a product."""


class ProductDeleteView(generic.DeleteView):
    """Deletes a product that nobody ever had; others are archived."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Delete the product with its prices and rules, or say why not."""
        product = self.object
        try:
            with transaction.atomic():
                EntitlementRule.objects.filter(product_id=product.pk).delete()
                ProductPrice.objects.filter(product_id=product.pk).delete()
                return super().form_valid(form)
        except (ProtectedError, RestrictedError, PermissionDenied):
            messages.error(
                self.request,
                gettext("%(product)s has licenses or payments; it cannot be deleted. Archive it.")
                % {"product": product},
            )
            return redirect(reverse(f"{PRODUCTS}:edit", args=[product.pk]))


class ProductIndexView(SafeExportMixin, generic.IndexView):
    """Lists products in the order of the pricing table."""

    default_ordering = "sort_order"
    search_fields = ["name", "slug"]
    search_backend_name = None

    @cached_property
    def columns(self) -> list[Any]:
        """Return the columns."""
        return [
            self._get_title_column("name"),
            Column("kind", label=gettext("Kind"), accessor="get_kind_display", sort_key="kind"),
            Column(
                "issue_mode",
                label=gettext("Issued"),
                accessor="get_issue_mode_display",
                sort_key="issue_mode",
            ),
            Column("seats", label=gettext("Seats"), sort_key="seats"),
            StatusTagColumn(
                "is_archived",
                label=gettext("Status"),
                accessor=lambda item: gettext("archived") if item.is_archived else gettext("offered"),
                primary=lambda item: not item.is_archived,
                sort_key="is_archived",
            ),
            Column("sort_order", label=gettext("Order"), sort_key="sort_order"),
        ]


class ProductViewSet(ModelViewSet):
    """License products with their prices and with what they open."""

    model = LicenseProduct
    name = PRODUCTS
    url_prefix = "licensing/products"
    icon = "tag"
    menu_label = gettext_lazy("Products")
    menu_order = 200
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = ["name", "summary", "kind", "term_days", "issue_mode", "seats", "grace_days"]
    index_view_class = ProductIndexView
    add_view_class = ProductCreateView
    edit_view_class = ProductEditView
    delete_view_class = ProductDeleteView
    ordering = "sort_order"
    list_filter = ["kind", "is_archived"]
    list_export = ["name", "slug", "get_kind_display", "get_issue_mode_display", "seats", "is_archived"]
    export_headings = {
        "get_kind_display": gettext_lazy("Kind"),
        "get_issue_mode_display": gettext_lazy("Issued"),
    }
    export_filename = "license-products"
    search_fields = ["name", "slug"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("name"),
            FieldPanel("slug", widget=SlugInput),
            FieldPanel("summary"),
            MultiFieldPanel(
                [FieldPanel("kind"), FieldPanel("term_days"), FieldPanel("issue_mode")],
                heading=gettext_lazy("How long a license lasts, and how people get it"),
            ),
            MultiFieldPanel(
                [FieldPanel("seats"), FieldPanel("per_seat"), FieldPanel("grace_days")],
                heading=gettext_lazy("Seats and grace"),
            ),
            InlinePanel(
                "prices",
                heading=gettext_lazy("Prices at Stripe"),
                label=gettext_lazy("Price"),
                panels=[
                    FieldPanel("stripe_price_id"),
                    FieldPanel("unit_amount"),
                    FieldPanel("currency"),
                    FieldPanel("interval"),
                    FieldPanel("interval_count"),
                    FieldPanel("trial_days"),
                    FieldPanel("livemode"),
                    FieldPanel("account"),
                    FieldPanel("is_archived"),
                    FieldPanel("sort_order"),
                ],
            ),
            InlinePanel(
                "rules",
                heading=gettext_lazy("What it opens"),
                label=gettext_lazy("Gate"),
                panels=[FieldPanel("gate"), FieldPanel("after_days")],
            ),
            FieldPanel("terms"),
            MultiFieldPanel(
                [FieldPanel("sort_order"), FieldPanel("is_archived")],
                heading=gettext_lazy("In the pricing table"),
            ),
        ],
        base_form_class=ProductForm,
    )

    def get_permissions_to_register(self) -> Any:
        """Leave out of the group form what is given on single products only."""
        return super().get_permissions_to_register().exclude(codename="use_product")
