"""The history of all licenses in one list, for whoever audits: who gave, took and changed what."""

from datetime import date

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BaseColumn, Column, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets import AdminDateInput
from wagtail.permission_policies import ModelPermissionPolicy

from ..domain.periods import midnight
from ..models import LicenseEvent
from ..reports.standings import given_to_oneself
from .exports import SafeExportMixin
from .links import ADMIN, license_url
from .permissions import VIEW_HISTORY
from .words import CAUSE_WORDS, EVENT_WORDS, event_words, instant_words


class HistoryFilters(WagtailFilterSet):
    """What happened, why, and whether somebody gave themself something."""

    first = django_filters.DateFilter(label=_("From"), method="filter_first", widget=AdminDateInput)
    until = django_filters.DateFilter(
        label=_("Up to, without"), method="filter_until", widget=AdminDateInput
    )
    cause = django_filters.MultipleChoiceFilter(label=_("Cause"), choices=list(CAUSE_WORDS.items()))
    kind = django_filters.MultipleChoiceFilter(
        label=_("What happened"), choices=list(EVENT_WORDS.items())
    )
    to_oneself = django_filters.BooleanFilter(label=_("Given to oneself"), method="filter_to_oneself")

    class Meta:
        model = LicenseEvent
        fields: list[str] = []

    def filter_first(
        self, queryset: QuerySet[LicenseEvent], name: str, value: date
    ) -> QuerySet[LicenseEvent]:
        """Keep what happened on that day in UTC or later."""
        return queryset.filter(at__gte=midnight(value))

    def filter_until(
        self, queryset: QuerySet[LicenseEvent], name: str, value: date
    ) -> QuerySet[LicenseEvent]:
        """Keep what happened before that day in UTC."""
        return queryset.filter(at__lt=midnight(value))

    def filter_to_oneself(
        self, queryset: QuerySet[LicenseEvent], name: str, value: bool
    ) -> QuerySet[LicenseEvent]:
        """Keep what the staff gave themselves, or what they did not."""
        rows = given_to_oneself()
        return queryset.filter(rows) if value else queryset.exclude(rows)


class HistoryReportView(SafeExportMixin, ReportView):
    """Every line of history, latest first. It is read only; nothing can be changed or removed."""

    page_title = _("License history")
    header_icon = "history"
    index_url_name = f"{ADMIN}:history_report"
    index_results_url_name = f"{ADMIN}:history_report_results"
    model = LicenseEvent
    permission_policy = ModelPermissionPolicy(LicenseEvent)
    any_permission_required = ["view"]
    filterset_class = HistoryFilters
    list_export = ["at", "license.reference", "kind", "cause", "actor", "reason", "stripe_event_id"]

    def get_queryset(self) -> QuerySet[LicenseEvent]:
        """Return every line with what a row shows. One query, whatever the number of rows."""
        return LicenseEvent.objects.select_related("license", "actor").order_by("-pk")

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Return the columns."""
        return [
            TitleColumn(
                "license", label=gettext("License"), get_url=lambda line: license_url(line.license)
            ),
            Column("kind", label=gettext("What happened"), accessor=lambda line: event_words(line.kind)),
            Column("at", label=gettext("At"), accessor=lambda line: instant_words(line.at)),
            Column(
                "cause",
                label=gettext("Cause"),
                accessor=lambda line: CAUSE_WORDS.get(line.cause, line.cause),
            ),
            Column("actor", label=gettext("Who"), accessor=lambda line: line.actor or "–"),
            Column("reason", label=gettext("Reason"), accessor=lambda line: line.reason or "–"),
        ]

    def get_filename(self) -> str:
        """Return the name of the exported file."""
        return f"license-history-{localdate().isoformat()}"


class HistoryMenuItem(MenuItem):
    """The report in the menu "Reports", for those who audit."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether the item is shown."""
        return bool(request.user.has_perm(VIEW_HISTORY))


def history_menu_item() -> MenuItem:
    """Hook: return the item of the menu."""
    return HistoryMenuItem(
        _("License history"),
        reverse(f"{ADMIN}:history_report"),
        icon_name="history",
        order=1010,
    )
