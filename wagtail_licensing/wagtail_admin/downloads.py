"""Downloads in the admin: who got which file, when, and under which license."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..models import Download, LicenseProduct
from .exports import SafeExportMixin
from .kept_rows import KeptRowsViewSet
from .license_search import person_fields
from .links import DOWNLOADS, license_url
from .permissions import download_policy
from .words import instant_words


class DownloadFilterSet(WagtailFilterSet):
    """Narrows the list by product and by days."""

    product = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Product"),
        field_name="license__product",
        queryset=LicenseProduct.objects.all(),
    )
    begun_at = django_filters.DateFromToRangeFilter(
        label=gettext_lazy("Downloaded"), widget=DateRangePickerWidget
    )

    class Meta:
        model = Download
        fields = ["product", "begun_at"]


class DownloadIndexView(SafeExportMixin, generic.IndexView):
    """Lists downloads, the newest first."""

    any_permission_required = ["view"]
    page_title = gettext_lazy("Downloads")
    default_ordering = "-pk"
    filterset_class = DownloadFilterSet
    is_searchable = True
    list_export = ["begun_at", "title", "file", "user", "license.reference", "license.product", "reason"]

    def get_base_queryset(self) -> QuerySet[Download]:
        """Return every download with its member and license. One query, whatever the number."""
        return Download.objects.select_related("user", "license__product")

    def search_queryset(self, queryset: QuerySet[Download]) -> QuerySet[Download]:
        """Narrow to titles, references and people; each word must be found somewhere."""
        for word in self.search_query.split() if self.is_searching else ():
            found = Q(title__icontains=word) | Q(license__reference__icontains=word)
            for name in person_fields():
                found |= Q(**{f"user__{name}__icontains": word})
            queryset = queryset.filter(found)
        return queryset

    @cached_property
    def columns(self) -> list[Any]:
        """Return the columns."""
        return [
            TitleColumn(
                "title",
                label=gettext("File"),
                get_url=lambda row: license_url(row.license) if row.license else None,
                sort_key="title",
            ),
            Column("user", label=gettext("Member")),
            Column("license", label=gettext("License"), accessor=lambda row: row.license or "–"),
            Column(
                "product",
                label=gettext("Product"),
                accessor=lambda row: row.license.product if row.license else "–",
            ),
            Column(
                "begun_at",
                label=gettext("Downloaded"),
                accessor=lambda row: instant_words(row.begun_at),
                sort_key="begun_at",
            ),
        ]


class DownloadViewSet(KeptRowsViewSet):
    """The log of downloads: a list, and nothing to edit."""

    model = Download
    name = DOWNLOADS
    url_prefix = "licensing/downloads"
    icon = "download"
    menu_label = gettext_lazy("Downloads")
    menu_order = 500
    index_view_class = DownloadIndexView
    export_filename = "downloads"

    if not WAGTAIL_HAS_POLICY_REGISTRY:
        permission_policy = download_policy
