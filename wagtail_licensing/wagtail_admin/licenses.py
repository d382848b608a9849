"""The list of licenses: nobody edits a row here; named actions change a license."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Case, QuerySet, When
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.ui.tables import (
    BaseColumn,
    BulkActionsCheckboxColumn,
    Column,
    StatusTagColumn,
)
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button, HeaderButton

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..conf import now
from ..models import License
from ..reports.standings import self_granted
from .evidence import EvidenceView
from .exports import SafeExportMixin
from .hand_over import ALL_ACTION_VIEWS
from .issue import IssueLicenseView
from .kept_rows import KeptRowsViewSet
from .license_bulk_actions import bulk_buttons
from .license_detail import LicenseDetailView
from .license_search import LicenseFilterSet, search_licenses
from .links import LICENSES, license_url
from .permissions import ISSUE_LICENSES, VIEW_LICENSES, license_policy
from .timeline import LicenseTimelineView
from .words import day_words, holder_words, state_words

#: A heading, and the attribute path that fills the column of the spreadsheet.
EXPORT = {
    "reference": gettext_lazy("Reference"),
    "holder_words": gettext_lazy("Holder"),
    "product.name": gettext_lazy("Product"),
    "state_words": gettext_lazy("State"),
    "get_source_display": gettext_lazy("Source"),
    "starts_at": gettext_lazy("Starts"),
    "ends_at": gettext_lazy("Ends"),
    "access_until": gettext_lazy("Access until"),
    "renews": gettext_lazy("Renews"),
    "is_trial": gettext_lazy("Trial"),
    "seats_total": gettext_lazy("Seats"),
}


class LicenseIndexView(SafeExportMixin, generic.IndexView):
    """Lists, finds, filters, sorts and exports licenses."""

    any_permission_required = ["view"]
    page_title = gettext_lazy("Licenses")
    default_ordering = "-pk"
    filterset_class = LicenseFilterSet
    list_export = list(EXPORT)
    export_headings = EXPORT
    is_searchable = True

    def get_base_queryset(self) -> QuerySet[License]:
        """Return every license with what a row shows. One query, whatever the number of rows."""
        flag = Case(When(self_granted(now()), then=True), default=False)
        rows = License.objects.annotate(is_self_granted=flag)
        return rows.select_related("product", "user", "organization")

    def search_queryset(self, queryset: QuerySet[License]) -> QuerySet[License]:
        """Narrow to what the search finds."""
        return search_licenses(queryset, self.search_query) if self.is_searching else queryset

    def order_queryset(self, queryset: QuerySet[License]) -> QuerySet[License]:
        """Order, with the id last, so that pages do not overlap."""
        ordering = self.ordering or self.default_ordering
        return queryset.order_by(ordering, "-pk")

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Return the columns."""
        at = now()
        return [
            BulkActionsCheckboxColumn("bulk_actions", obj_type="license"),
            self._get_title_column("reference", get_title_id=lambda item: f"license_{item.pk}_title"),
            Column(
                "holder",
                label=gettext("Holder"),
                accessor=holder_words,
                sort_key="user__" + _username(),
            ),
            Column("product", label=gettext("Product"), sort_key="product__name"),
            StatusTagColumn(
                "state",
                label=gettext("State"),
                accessor=lambda item: state_words(item, at),
                primary=lambda item: item.facts.entitles(at),
                sort_key="state",
            ),
            Column(
                "source",
                label=gettext("Source"),
                accessor=_source_words,
                sort_key="source",
            ),
            Column(
                "ends_at",
                label=gettext("Ends"),
                accessor=lambda item: day_words(item.ends_at),
                sort_key="ends_at",
            ),
            Column(
                "access_until",
                label=gettext("Access until"),
                accessor=lambda item: day_words(item.access_until),
                sort_key="access_until",
            ),
        ]

    def get_edit_url(self, instance: License) -> None:
        """There is no form to edit a license."""

    def get_list_more_buttons(self, instance: License) -> list[Button]:
        """Return the one button of a row."""
        return [
            Button(
                gettext("Details and history"),
                url=self.get_inspect_url(instance),
                icon_name="history",
                attrs={
                    "aria-label": gettext("Details and history of %(license)s") % {"license": instance}
                },
            )
        ]

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Return the way to issue a license, for those who may."""
        if not self.request.user.has_perm(ISSUE_LICENSES):
            return []
        url = reverse(f"{LICENSES}:issue")
        return [HeaderButton(gettext("Issue a license"), url=url, icon_name="plus")]

    def to_row_dict(self, item: License) -> dict[str, Any]:
        """Return the cells of one license for the spreadsheet."""
        item.holder_words = holder_words(item)  # type: ignore[attr-defined]
        item.state_words = state_words(item, self._exported_at)  # type: ignore[attr-defined]
        return super().to_row_dict(item)

    @cached_property
    def _exported_at(self) -> Any:
        return now()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the bulk actions that this person may do."""
        context = super().get_context_data(*args, **kwargs)
        context["bulk_buttons"] = bulk_buttons(self.request.user)
        return context


def _source_words(license: Any) -> str:
    """Return where a license comes from, and whether somebody of the staff gave it to themself."""
    source = str(license.get_source_display())
    if not license.is_self_granted:
        return source
    return gettext("%(source)s, given to oneself") % {"source": source}


def _username() -> str:
    return str(get_user_model().USERNAME_FIELD)


class LicenseURLFinder(ModelAdminURLFinder):
    """Finds the page of a license for those who may see it."""

    model = License

    def get_edit_url(self, instance: License) -> str | None:
        """Return the address of the page of a license, None for others."""
        return license_url(instance) if self.user and self.user.has_perm(VIEW_LICENSES) else None


class LicenseViewSet(KeptRowsViewSet):
    """Licenses in the admin: a list, one page for each, and actions; no forms for rows."""

    model = License
    name = LICENSES
    url_prefix = "licensing/licenses"
    icon = "key"
    menu_label = gettext_lazy("Licenses")
    menu_order = 100
    shown = frozenset({"index", "index_results", "inspect"})
    inspect_view_enabled = True
    index_view_class = LicenseIndexView
    inspect_view_class = LicenseDetailView
    index_template_name = "wagtail_licensing/admin/license_index.html"
    inspect_template_name = "wagtail_licensing/admin/license_detail.html"
    export_filename = "licenses"

    if not WAGTAIL_HAS_POLICY_REGISTRY:
        permission_policy = license_policy

    @property
    def url_finder_class(self) -> type:
        """Let Wagtail's reports link to the page of a license."""
        return LicenseURLFinder

    def get_urlpatterns(self) -> list[Any]:
        """Return the list, the page of one license, and the actions."""
        patterns = super().get_urlpatterns()
        patterns.append(path("issue/", IssueLicenseView.as_view(), name="issue"))
        patterns.append(path("evidence/<int:pk>/", EvidenceView.as_view(), name="evidence"))
        patterns.append(path("timeline/<int:pk>/", LicenseTimelineView.as_view(), name="timeline"))
        for name, view in ALL_ACTION_VIEWS.items():
            patterns.append(path(f"{name}/<int:pk>/", view.as_view(), name=name))
        return patterns
