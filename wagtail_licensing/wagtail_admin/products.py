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
from wagtail.admin.panels import FieldPanel, HelpPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.slug import SlugInput

from ..domain.policy import TermStart
from ..models import EntitlementRule, Gate, LicenseProduct, ProductPrice
from ..models.products import ProductKind
from .confirm import ConfirmedDeleteMixin
from .exports import SafeExportMixin
from .links import PRODUCTS
from .permissions import CHANGE_GATES, may_change_gate
from .policy_panel import POLICY_FIELDS, policy_panel
from .product_rules import ProductSaveMixin, gates_of, is_held, is_used


class RulesPanel(InlinePanel):
    """What a product opens; left out for those who may not change gates."""

    def get_bound_panel(
        self, instance: Any = None, request: Any = None, form: Any = None, **kwargs: Any
    ) -> Any:
        """Return the panel, or a sentence in its place."""
        if form is None or "rules" in form.formsets:
            return super().get_bound_panel(instance=instance, request=request, form=form, **kwargs)
        sentence = gettext("What a product opens is set by those who may change gates.")
        panel = HelpPanel(sentence, heading=self.heading).bind_to_model(self.model)
        return panel.get_bound_panel(instance=instance, request=request, form=form, **kwargs)


class ProductForm(WagtailAdminModelForm):
    """Checks what the database would refuse, and says it where it can be mended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.may_set_rules:
            # Whoever may not change gates cannot do it here either; what is sent is not looked at.
            del self.formsets["rules"]
            return
        # The label of a gate names its target; read with the gates, not one by one.
        related = ("page", "page_type", "collection", "document")
        for form in (self.formsets["rules"].empty_form, *self.formsets["rules"].forms):
            form.fields["gate"].queryset = Gate.objects.select_related(*related)

    @property
    def may_set_rules(self) -> bool:
        """Tell whether what the product opens may be changed in this form."""
        return self.for_user is not None and bool(self.for_user.has_perm(CHANGE_GATES))

    def _check_rules(self) -> None:
        """Refuse rules of gates whose target the user may not edit."""
        formset = self.formsets.get("rules")
        for form in formset.forms if formset is not None and formset.is_valid() else ():
            before = EntitlementRule.objects.filter(pk=form.instance.pk).select_related("gate").first()
            gates = [form.cleaned_data.get("gate"), before.gate if before else None]
            if not form.has_changed() and form not in formset.deleted_forms:
                continue
            if not all(may_change_gate(self.for_user, gate) for gate in gates if gate is not None):
                form.add_error("gate", gettext("You may not edit what this gate stands before."))
                self.add_error(None, gettext("You may not change one of these gates."))

    def clean(self) -> Any:
        """Require the term of a fixed term, and keep prices that somebody has paid."""
        cleaned = super().clean()
        fixed = cleaned.get("kind") == ProductKind.FIXED_TERM
        if "kind" in cleaned and not {"term_days", "term_months"} & set(self.errors):
            lengths = [name for name in ("term_days", "term_months") if cleaned.get(name)]
            if fixed and len(lengths) != 1:
                text = gettext("A fixed term needs its length, in days or in months.")
                self.add_error("term_days", text)
            elif not fixed and lengths:
                self.add_error(lengths[0], gettext("Only a fixed term has a length."))
        if cleaned.get("term_start") == TermStart.FIXED_DATE and not cleaned.get("term_starts_on"):
            self.add_error("term_starts_on", gettext("A term that begins on a date needs the date."))
        if cleaned.get("is_giftable") and cleaned.get("kind") == ProductKind.SUBSCRIPTION:
            text = gettext("A subscription cannot be given: it is charged again.")
            self.add_error("is_giftable", text)
        self._check_rules()
        for form in self.formsets["prices"].deleted_forms:
            if form.instance.pk and is_used(form.instance):
                self.add_error(
                    None,
                    gettext("The price %(price)s has been used and cannot be removed. Archive it.")
                    % {"price": form.instance.stripe_price_id},
                )
        return cleaned


class ProductCreateView(ProductSaveMixin, generic.CreateView):
    """Makes a product."""


class ProductEditView(ProductSaveMixin, generic.EditView):
    """Changes a product."""


class ProductDeleteView(ConfirmedDeleteMixin, generic.DeleteView):
    """Deletes a product that no license is for; others are archived. It may have been given by hand."""

    def touched_gates(self) -> list[Gate]:
        """Return the gates that the product opens."""
        return gates_of(self.object)

    def take_away(self) -> None:
        """Delete the rules of the product for a trial."""
        EntitlementRule.objects.filter(product_id=self.object.pk).delete()

    def form_valid(self, form: Any) -> HttpResponse:
        """Delete the product with its prices and rules, or say why not, or ask first."""
        product = self.object
        opens = EntitlementRule.objects.filter(product_id=product.pk)
        if opens.exists() and not self.request.user.has_perm(CHANGE_GATES):
            text = gettext("%(product)s opens gates, and you may not change gates. Archive it.")
            messages.error(self.request, text % {"product": product})
            return redirect(reverse(f"{PRODUCTS}:edit", args=[product.pk]))
        if not is_held(product) and self.question() is not None:
            return self.render_to_response(self.get_context_data(form=form))
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
    inspect_view_fields = [
        *("name", "summary", "kind", "term_days", "term_months", "term_start", "issue_mode", "seats"),
        *POLICY_FIELDS,
    ]
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
                [
                    FieldPanel("kind"),
                    FieldPanel("term_days"),
                    FieldPanel("term_months"),
                    FieldPanel("term_start"),
                    FieldPanel("term_starts_on"),
                    FieldPanel("issue_mode"),
                    FieldPanel("is_giftable"),
                ],
                heading=gettext_lazy("How long a license lasts, and how people get it"),
            ),
            MultiFieldPanel(
                [FieldPanel("seats"), FieldPanel("per_seat")],
                heading=gettext_lazy("Seats"),
            ),
            FieldPanel("reminder_days"),
            policy_panel(),
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
                "questions",
                heading=gettext_lazy("Questions to applicants"),
                label=gettext_lazy("Question"),
                help_text=gettext_lazy("Asked where a license is issued after approval."),
                panels=[
                    FieldPanel("label"),
                    FieldPanel("help_text"),
                    FieldPanel("kind"),
                    FieldPanel("choices"),
                    FieldPanel("is_required"),
                    FieldPanel("sort_order"),
                ],
            ),
            RulesPanel(
                "rules",
                heading=gettext_lazy("What it opens"),
                label=gettext_lazy("Gate"),
                panels=[
                    FieldPanel("gate"),
                    FieldPanel("after_days"),
                    FieldPanel("keeps"),
                    FieldPanel("downloads_per_month"),
                ],
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
