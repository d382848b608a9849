"""The queue of applications: who asks for a license, what they wrote, and the way to decide."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django_filters import FilterSet
from wagtail.admin.ui.tables import BaseColumn, BulkActionsCheckboxColumn, Column, StatusTagColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button, HeaderButton

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..models import LicenseApplication
from ..models.applications import ApplicationState
from .application_bulk_actions import BULK_APPLICATION_ACTIONS, application_bulk_buttons, bulk_url
from .exports import SafeExportMixin
from .kept_rows import KeptRowsViewSet
from .links import APPLICATIONS, license_url
from .permissions import DECIDE_APPLICATIONS, application_policy
from .words import day_words, instant_words


class ApplicationFilterSet(FilterSet):
    """Narrows the queue by state and product."""

    class Meta:
        model = LicenseApplication
        fields = ["state", "product"]


class ApplicationIndexView(SafeExportMixin, generic.IndexView):
    """Lists applications, the newest first; the filter *waiting* is the queue."""

    any_permission_required = ["view"]
    page_title = gettext_lazy("Applications")
    default_ordering = "-pk"
    filterset_class = ApplicationFilterSet
    list_export = ["user", "product.name", "state", "created_at", "decided_at", "reason"]

    def get_base_queryset(self) -> QuerySet[LicenseApplication]:
        """Return every application with what a row shows. One query, whatever the number of rows."""
        return LicenseApplication.objects.select_related("user", "product", "license", "decided_by")

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Return the columns."""
        return [
            BulkActionsCheckboxColumn("bulk_actions", obj_type="licenseapplication"),
            self._get_title_column(
                "user", get_title_id=lambda item: f"licenseapplication_{item.pk}_title"
            ),
            Column("product", label=gettext("Product"), sort_key="product__name"),
            StatusTagColumn(
                "state",
                label=gettext("State"),
                accessor="get_state_display",
                primary=lambda item: item.state == ApplicationState.WAITING,
                sort_key="state",
            ),
            Column(
                "created_at",
                label=gettext("Received"),
                accessor=lambda item: day_words(item.created_at),
                sort_key="created_at",
            ),
            Column(
                "decided_by", label=gettext("Decided by"), accessor=lambda item: item.decided_by or "–"
            ),
        ]

    def get_edit_url(self, instance: LicenseApplication) -> None:
        """There is no form to edit an application."""

    def get_list_more_buttons(self, instance: LicenseApplication) -> list[Button]:
        """Return the one button of a row."""
        label = gettext("What %(person)s wrote") % {"person": instance.user}
        url = self.get_inspect_url(instance)
        return [Button(gettext("Read"), url=url, icon_name="view", attrs={"aria-label": label})]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the bulk actions that this person may do."""
        context = super().get_context_data(*args, **kwargs)
        context["bulk_buttons"] = application_bulk_buttons(self.request.user)
        return context


class ApplicationDetailView(generic.InspectView):
    """What one person wrote, and what was decided."""

    any_permission_required = ["view"]

    def get_fields_context(self) -> list[dict[str, Any]]:
        """Return the answers, and the facts around them."""
        application: LicenseApplication = self.object
        rows = [(row["question"], row["answer"]) for row in application.answers]
        rows += [
            (gettext("Product"), application.product),
            (gettext("License"), application.license),
            (gettext("State"), application.get_state_display()),
            (gettext("Received"), instant_words(application.created_at)),
        ]
        if application.decided_at:
            rows += [
                (gettext("Decided"), instant_words(application.decided_at)),
                (gettext("Decided by"), application.decided_by or "–"),
                (gettext("Reason"), application.reason or "–"),
            ]
        return [{"label": label, "value": value} for label, value in rows]

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Return the ways to decide, for those who may, while it waits."""
        waits = self.object.state == ApplicationState.WAITING
        if not waits or not self.request.user.has_perm(DECIDE_APPLICATIONS):
            return []
        back = urlencode({"id": self.object.pk, "next": reverse(f"{APPLICATIONS}:index")})
        return [
            HeaderButton(action.display_name, url=f"{bulk_url(action)}?{back}", icon_name=action.icon)
            for action in BULK_APPLICATION_ACTIONS
        ]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Return the way to the license."""
        url = license_url(self.object.license)
        return [Button(gettext("The license"), url=url, icon_name="key")]


class ApplicationViewSet(KeptRowsViewSet):
    """Applications in the admin: a list, a page for each, and two decisions; no forms for rows."""

    model = LicenseApplication
    name = APPLICATIONS
    url_prefix = "licensing/applications"
    icon = "form"
    menu_label = gettext_lazy("Applications")
    menu_order = 150
    shown = frozenset({"index", "index_results", "inspect"})
    inspect_view_enabled = True
    index_view_class = ApplicationIndexView
    inspect_view_class = ApplicationDetailView
    index_template_name = "wagtail_licensing/admin/application_index.html"
    export_filename = "applications"

    if not WAGTAIL_HAS_POLICY_REGISTRY:
        permission_policy = application_policy
