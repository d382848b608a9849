"""Gates in the admin: on pages, page types, collections, documents and named areas."""

from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from ..gates.write import announce_gate, announce_removal, gate_facts
from ..models import Gate
from ..models.gates import GateAudience, GateKind
from .confirm import ConfirmedDeleteMixin, ConfirmedFormMixin
from .exports import SafeExportMixin
from .gate_form import TARGETS, GateForm, GateRulesForm
from .links import GATES
from .permissions import may_change_gate


class GateTargetMixin:
    """Refuses a gate to those who may not edit what it stands before."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Check the target; the permission on gates is checked too."""
        gate = get_object_or_404(Gate, pk=kwargs["pk"])
        if not may_change_gate(request.user, gate):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class GateFormMixin(ConfirmedFormMixin):
    """Says which gate a form is about."""

    def touched_gates(self) -> list[Gate]:
        """Return the gate that is changed; none where one is put up."""
        return list(Gate.objects.filter(pk=self.form.instance.pk))

    def saved_gates(self, saved: Gate) -> list[int]:
        """Return the gate."""
        return [saved.pk]


class GateCreateView(GateFormMixin, generic.CreateView):
    """Puts up a gate; asks first where that takes something from somebody."""

    template_name = "wagtail_licensing/admin/gate_create.html"

    def save_instance(self) -> Gate:
        """Save the gate with its rules and announce it."""
        gate: Gate = super().save_instance()
        announce_gate(gate=gate, by=self.request.user, before=None)
        return gate


class GateEditView(GateTargetMixin, GateFormMixin, generic.EditView):
    """Changes for whom a gate opens. What it stands before stays: another target is another gate.

    Asks first where that takes something from somebody or makes something public.
    """

    def save_instance(self) -> Gate:
        """Save the gate with its rules and announce what changed."""
        before = gate_facts(Gate.objects.get(pk=self.object.pk))
        gate: Gate = super().save_instance()
        announce_gate(gate=gate, by=self.request.user, before=before)
        return gate


class GateDeleteView(GateTargetMixin, ConfirmedDeleteMixin, generic.DeleteView):
    """Takes a gate away; says first what that does."""

    def touched_gates(self) -> list[Gate]:
        """Return the gate."""
        return [self.object]

    def take_away(self) -> None:
        """Delete the gate for a trial; the object keeps its number."""
        Gate.objects.filter(pk=self.object.pk).delete()

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
        related = ("page", "page_type", "collection", "document", "object_type")
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
        panels=[
            FieldPanel("product"),
            FieldPanel("after_days"),
            FieldPanel("keeps"),
            FieldPanel("downloads_per_month"),
        ],
    ),
    FieldPanel("without_access", widget=forms.RadioSelect),
    MultiFieldPanel(
        [FieldPanel("free_until"), FieldPanel("free_from"), FieldPanel("free_reads")],
        heading=gettext_lazy("Dates and free pages"),
    ),
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
            *(
                FieldPanel(name, classname=f"wl-target wl-target--{kind.value}")
                for kind, name in TARGETS.items()
                if kind is not GateKind.OBJECT
            ),
            MultiFieldPanel(
                [FieldPanel("object_type"), FieldPanel("object_id")],
                heading=gettext_lazy("Image, media file or other object"),
                classname="wl-target wl-target--object",
            ),
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
