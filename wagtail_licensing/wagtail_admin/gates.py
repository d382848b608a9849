"""Gates in the admin: on pages, page types, collections, documents and named areas."""

from copy import copy
from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.forms.collections import CollectionChoiceField
from wagtail.admin.panels import FieldPanel, InlinePanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Collection, get_page_models

from ..gates.write import announce_gate, announce_removal, gate_facts
from ..models import Gate
from ..models.gates import GateAudience, GateKind
from .exports import SafeExportMixin
from .links import GATES

_TARGETS = {
    GateKind.PAGE: "page",
    GateKind.PAGE_TYPE: "page_type",
    GateKind.COLLECTION: "collection",
    GateKind.DOCUMENT: "document",
    GateKind.AREA: "area",
}


class PageTypeField(forms.ModelChoiceField):
    """A choice of page types, named as editors know them."""

    def label_from_instance(self, obj: Any) -> str:
        """Return the name of the page type."""
        model = obj.model_class()
        return str(model._meta.verbose_name).capitalize() if model else str(obj)


def page_types() -> QuerySet[ContentType]:
    """Return the content types of the page types that can be made."""
    types = ContentType.objects.get_for_models(*get_page_models()).values()
    return ContentType.objects.filter(pk__in=[content_type.pk for content_type in types])


class GateRulesForm(WagtailAdminModelForm):
    """For whom a gate opens, and by which products."""

    def clean(self) -> Any:
        """Require a product where only people with a license get in, and each product once."""
        cleaned = super().clean()
        rules = self.formsets["rules"]
        if not rules.is_valid():
            return cleaned
        kept = [
            form.cleaned_data["product"].pk
            for form in rules.forms
            if form.cleaned_data.get("product") and form not in rules.deleted_forms
        ]
        if cleaned.get("audience") == GateAudience.LICENSED and not kept:
            self.add_error(
                "audience", gettext("Choose at least one product, or nobody could open this.")
            )
        if len(kept) != len(set(kept)):
            self.add_error(None, gettext("A product opens a gate by one rule only."))
        return cleaned


class GateForm(GateRulesForm):
    """A new gate: what it stands before, too."""

    page_type = PageTypeField(
        label=gettext_lazy("Page type"), queryset=ContentType.objects.none(), required=False
    )
    collection = CollectionChoiceField(
        label=gettext_lazy("Collection"), queryset=Collection.objects.none(), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Without an empty choice there is always a kind, and one picker that fits it.
        self.fields["kind"].choices = GateKind.choices
        self.initial.setdefault("kind", GateKind.PAGE)
        self.fields["page_type"].queryset = page_types()
        self.fields["collection"].queryset = Collection.objects.order_by("path")

    def clean_area(self) -> str | None:
        """Return None where no area is named: only one gate may have an empty one otherwise."""
        return self.cleaned_data["area"] or None

    def clean(self) -> Any:
        """Require the target that the kind names, and no other, and that there is no gate yet."""
        cleaned = super().clean()
        kind = cleaned.get("kind")
        if kind is None:
            return cleaned
        wanted = _TARGETS[GateKind(kind)]
        for name in _TARGETS.values():
            if name in self.errors:
                continue
            if name == wanted and not cleaned.get(name):
                self.add_error(name, gettext("Choose what this gate stands before."))
            elif name != wanted and cleaned.get(name):
                self.add_error(name, gettext("Leave this empty: the gate is of another kind."))
        if wanted not in self.errors:
            self._check_target(wanted, cleaned[wanted])
        return cleaned

    def _check_target(self, name: str, target: Any) -> None:
        if Gate.objects.filter(**{name: target}).exclude(pk=self.instance.pk).exists():
            self.add_error(name, gettext("There is a gate on this target already; change that one."))
        if name == "page" and not target.permissions_for_user(self.for_user).can_edit():
            self.add_error(name, gettext("You may not edit this page."))


class PageGateMixin:
    """Refuses the gate of a page to those who may not edit the page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Check the page; the permission on gates is checked too."""
        gate = get_object_or_404(Gate, pk=kwargs["pk"])
        page = gate.page
        if page is not None and not page.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class GateCreateView(generic.CreateView):
    """Puts up a gate."""

    template_name = "wagtail_licensing/admin/gate_create.html"

    def save_instance(self) -> Gate:
        """Save the gate with its rules and announce it."""
        gate: Gate = super().save_instance()
        announce_gate(gate=gate, by=self.request.user, before=None)
        return gate


class GateEditView(PageGateMixin, generic.EditView):
    """Changes for whom a gate opens. What it stands before stays: another target is another gate."""

    def save_instance(self) -> Gate:
        """Save the gate with its rules and announce what changed."""
        before = gate_facts(Gate.objects.get(pk=self.object.pk))
        gate: Gate = super().save_instance()
        announce_gate(gate=gate, by=self.request.user, before=before)
        return gate


class GateDeleteView(PageGateMixin, generic.DeleteView):
    """Takes a gate away."""

    @property
    def confirmation_message(self) -> str:
        """Say what the end of a gate means."""
        return gettext(
            "Are you sure you want to take this gate away? What it locks follows the gates above it; "
            "where there is none, everybody can read it at once."
        )

    def delete_action(self) -> None:
        """Delete the gate and announce it."""
        before, removed = gate_facts(self.object), copy(self.object)
        super().delete_action()
        announce_removal(gate=removed, by=self.request.user, before=before)


class GateIndexView(SafeExportMixin, generic.IndexView):
    """Lists gates with what they stand before and what opens them."""

    def get_base_queryset(self) -> QuerySet[Gate]:
        """Return every gate with its target and products. Three queries, whatever the number of rows."""
        related = ("page", "page_type", "collection", "document")
        return Gate.objects.select_related(*related).prefetch_related("rules__product")

    @cached_property
    def columns(self) -> list[Any]:
        """Return the columns."""
        return [
            self._get_title_column("__str__"),
            Column("audience", label=gettext("Opens for"), accessor=audience_words, sort_key="audience"),
            Column(
                "without_access",
                label=gettext("Without access, show"),
                accessor="get_without_access_display",
                sort_key="without_access",
            ),
        ]


def audience_words(gate: Gate) -> str:
    """Return for whom a gate opens, with the products."""
    if gate.audience != GateAudience.LICENSED:
        return str(gate.get_audience_display())
    products = ", ".join(str(rule.product) for rule in gate.rules.all())
    return gettext("People with a license for %(products)s") % {"products": products}


_RULES = [
    FieldPanel("audience", widget=forms.RadioSelect),
    InlinePanel(
        "rules",
        heading=gettext_lazy("Products that open it"),
        label=gettext_lazy("Product"),
        panels=[FieldPanel("product"), FieldPanel("after_days")],
    ),
    FieldPanel("without_access", widget=forms.RadioSelect),
]


class GateViewSet(ModelViewSet):
    """Gates with their rules."""

    model = Gate
    name = GATES
    url_prefix = "licensing/gates"
    icon = "lock"
    menu_label = gettext_lazy("Gates")
    menu_order = 300
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = ["kind", "target_label", "audience", "without_access"]
    index_view_class = GateIndexView
    add_view_class = GateCreateView
    edit_view_class = GateEditView
    delete_view_class = GateDeleteView
    create_template_name = "wagtail_licensing/admin/gate_create.html"
    list_filter = ["kind", "audience"]
    list_export = ["get_kind_display", "target_label", "get_audience_display"]
    export_headings = {
        "get_kind_display": gettext_lazy("Kind"),
        "target_label": gettext_lazy("Target"),
        "get_audience_display": gettext_lazy("Opens for"),
    }
    export_filename = "gates"
    search_fields = ["page__title", "collection__name", "document__title", "area"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("kind", widget=forms.RadioSelect, classname="wl-gate-kind"),
            *(FieldPanel(name, classname=f"wl-target wl-target--{name}") for name in _TARGETS.values()),
            *_RULES,
        ],
        base_form_class=GateForm,
    )

    @cached_property
    def _update_handler(self) -> Any:
        handler = ObjectList(_RULES, base_form_class=GateRulesForm)
        return handler.bind_to_model(self.model)

    def get_form_class(self, for_update: bool = False) -> Any:
        """Return the form of a new gate, or the one without a target."""
        return self._update_handler.get_form_class() if for_update else super().get_form_class()

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Give the edit view the panels without a target."""
        return super().get_edit_view_kwargs(**{"panel": self._update_handler, **kwargs})

    def get_permissions_to_register(self) -> Any:
        """Leave out of the group form what is given on single gates only."""
        return super().get_permissions_to_register().exclude(codename="open_gate")
