"""Imports in the admin: the list, and the way to a new one."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..models import LicenseImport
from ..models.imports import ImportState
from .import_screens import ColumnsView, LeftOutView, ShowImportView, UploadView
from .kept_rows import KeptRowsViewSet
from .links import IMPORTS, import_url
from .permissions import import_policy
from .words import day_words


class ImportIndexView(generic.IndexView):
    """Lists imports, newest first, with how far each is."""

    any_permission_required = ["view", "import"]
    page_title = gettext_lazy("Imports")
    default_ordering = "-pk"

    def get_base_queryset(self) -> QuerySet[LicenseImport]:
        """Return every import with who brought it. One query, whatever the number of rows."""
        return LicenseImport.objects.select_related("created_by")

    @cached_property
    def columns(self) -> list[Any]:
        """Return the columns."""
        return [
            TitleColumn("name", label=gettext("File"), get_url=lambda record: import_url(record.pk)),
            Column("recipe", label=gettext("Made by"), accessor="get_recipe_display"),
            Column("total", label=gettext("Rows")),
            StatusTagColumn(
                "state",
                label=gettext("State"),
                accessor="get_state_display",
                primary=lambda record: record.state == ImportState.DONE,
            ),
            Column("created_by", label=gettext("Uploaded by"), accessor=lambda r: r.created_by or "–"),
            Column(
                "created_at",
                label=gettext("Uploaded"),
                accessor=lambda record: day_words(record.created_at),
            ),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Return the way to a new import."""
        url = reverse(f"{IMPORTS}:upload")
        return [HeaderButton(gettext("Import licenses"), url=url, icon_name="download")]


class ImportViewSet(KeptRowsViewSet):
    """Lists that were brought in."""

    model = LicenseImport
    name = IMPORTS
    url_prefix = "licensing/imports"
    icon = "download"
    menu_label = gettext_lazy("Imports")
    menu_order = 600
    index_view_class = ImportIndexView

    if not WAGTAIL_HAS_POLICY_REGISTRY:
        permission_policy = import_policy

    def get_urlpatterns(self) -> list[Any]:
        """Return the list, and the screens of one import."""
        return [
            *super().get_urlpatterns(),
            path("upload/", UploadView.as_view(), name="upload"),
            path("<int:pk>/", ShowImportView.as_view(), name="show"),
            path("<int:pk>/columns/", ColumnsView.as_view(), name="columns"),
            path("<int:pk>/left-out.csv", LeftOutView.as_view(), name="errors"),
        ]
