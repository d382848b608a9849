"""The access report: who can read what on the whole site, with filters and an export."""

from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from ..conf import now
from ..models import Gate, LicenseProduct
from ..models.gates import WithoutAccess
from .access_rows import KINDS, AccessRows
from .exports import SafeExportMixin
from .links import ADMIN, explain_url
from .permissions import CHANGE_GATES, VIEW_GATES, VIEW_LICENSES
from .rule_filters import RULE_CHOICES


def _as_it_is(queryset: Any, name: str, value: Any) -> Any:
    """Filter nothing here: the rows are made from the values of the form."""
    return queryset


class AccessReportFilters(WagtailFilterSet):
    """The filters of the report; they live in its address."""

    kind = django_filters.MultipleChoiceFilter(
        label=_("Kind"),
        choices=list(KINDS.items()),
        widget=forms.CheckboxSelectMultiple,
        method=_as_it_is,
    )
    rule = django_filters.ChoiceFilter(
        label=_("Rule"),
        choices=RULE_CHOICES,
        empty_label=_("Any"),
        widget=forms.RadioSelect,
        method=_as_it_is,
    )
    product = django_filters.ModelMultipleChoiceFilter(
        label=_("Opened by"),
        queryset=LicenseProduct.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        method=_as_it_is,
    )
    without_access = django_filters.MultipleChoiceFilter(
        label=_("Without access, show"),
        choices=WithoutAccess.choices,
        widget=forms.CheckboxSelectMultiple,
        method=_as_it_is,
    )

    class Meta:
        model = Gate
        fields: list[str] = []


class TargetColumn(BaseColumn):
    """The title with the way to what it names, and to the explanation for those who may ask."""

    cell_template_name = "wagtail_licensing/admin/access_report_title.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        """Return the row and its links."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        user = parent_context["request"].user
        context["edit_url"] = instance.edit_url if user.has_perm(CHANGE_GATES) else ""
        if user.has_perms([CHANGE_GATES, VIEW_LICENSES]):
            context["explain_url"] = explain_url(instance.token)
        return context


EXPORT = {
    "kind_words": _("Kind"),
    "title": _("Title"),
    "place": _("Place"),
    "rule": _("Who can read it"),
    "source": _("Where the rule comes from"),
    "without_access": _("Without access, show"),
    "readers": _("Readers"),
}


class AccessReportView(SafeExportMixin, ReportView):
    """Every page, document, image, media file and area with its rule."""

    page_title = _("Access")
    header_icon = "lock"
    index_url_name = f"{ADMIN}:access_report"
    index_results_url_name = f"{ADMIN}:access_report_results"
    permission_policy = ModelPermissionPolicy(Gate)
    any_permission_required = ["view"]
    filterset_class = AccessReportFilters
    is_searchable = True
    list_export = list(EXPORT)
    export_headings = EXPORT
    columns = [
        TargetColumn("title", label=_("Title"), classname="title"),
        Column("kind", label=_("Kind"), accessor="kind_words"),
        Column("rule", label=_("Who can read it")),
        Column("source", label=_("Rule")),
        Column("without_access", label=_("Without access, show")),
        Column("readers", label=_("Readers")),
    ]

    def get_filtered_queryset(self) -> AccessRows:
        """Return the rows that the filters and the search ask for. Two queries."""
        chosen: dict[str, Any] = {}
        if self.filters is not None and self.filters.is_valid():
            chosen = self.filters.form.cleaned_data
        return AccessRows(
            at=now(),
            kinds=tuple(chosen.get("kind") or ()),
            search=self.search_query,
            rule=chosen.get("rule") or "",
            products=tuple(chosen.get("product") or ()),
            modes=tuple(chosen.get("without_access") or ()),
        )

    def get_filename(self) -> str:
        """Return the name of the exported file."""
        return f"access-{localdate().isoformat()}"


class AccessReportMenuItem(MenuItem):
    """The report in the menu "Reports", for those who may see gates."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether the item is shown."""
        return bool(request.user.has_perm(VIEW_GATES))


def reports_menu_item() -> MenuItem:
    """Hook: return the item of the menu."""
    return AccessReportMenuItem(
        _("Access"),
        reverse(f"{ADMIN}:access_report"),
        name="licensing-access",
        icon_name="lock",
        order=850,
    )
