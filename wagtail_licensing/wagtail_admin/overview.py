"""Licensing, Overview: the owner's figures, each with its definition and the list behind it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import get_current_timezone_name, localdate
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.mixins import SpreadsheetExportMixin
from wagtail.admin.widgets.button import Button

from ..conf import now
from ..domain.money import Money
from ..domain.periods import Period, midnight, months, next_month
from ..reports.amounts import format_money
from ..reports.funnel import count_steps
from ..reports.renewals import renewals_by_cohort
from ..reports.revenue import balance_sheet, currencies, movements, revenue_at
from ..reports.snapshots import kept_revenue
from ..reports.standings import count_standings, seat_use
from .charts import Line, Point, line_of
from .exports import SafeExportMixin
from .figures import (
    Figure,
    checkout_figures,
    license_figures,
    renewal_figures,
    revenue_figures,
    spreadsheet_rows,
)
from .figures_scope import ScopeForm, presets, today, usual_period
from .links import figures_url
from .permissions import VIEW_LICENSES, VIEW_REVENUE

EXPORT = {
    "label": gettext_lazy("Figure"),
    "currency": gettext_lazy("Currency"),
    "value": gettext_lazy("Value"),
    "part": gettext_lazy("Part"),
    "whole": gettext_lazy("Of"),
    "first": gettext_lazy("From"),
    "until": gettext_lazy("Up to, without"),
    "as_of": gettext_lazy("As of"),
    "definition": gettext_lazy("Definition"),
}

#: Months in the chart.
MONTHS = 12


class OverviewView(SafeExportMixin, SpreadsheetExportMixin, WagtailAdminTemplateMixin, TemplateView):
    """Shows the figures. Numbers of licenses need the right to see licenses, money that to see revenue.

    Its queries are the same however many licenses, subscriptions and currencies there are.
    """

    template_name = "wagtail_licensing/admin/overview.html"
    page_title = gettext_lazy("Overview")
    header_icon = "history"
    list_export = list(EXPORT)
    export_headings = EXPORT

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may see neither licenses nor revenue."""
        self.sees_revenue = request.user.has_perm(VIEW_REVENUE)
        self.sees_licenses = request.user.has_perm(VIEW_LICENSES)
        if not (self.sees_revenue or self.sees_licenses):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the figures, or hand them out as a spreadsheet."""
        wanted = request.GET.get("export")
        if wanted in self.FORMATS:
            self.is_export = True
            return self.as_spreadsheet(spreadsheet_rows(self._all(), self.period, self.at), wanted)
        return super().get(request, *args, **kwargs)

    @cached_property
    def at(self) -> Any:
        """Return the instant of the request."""
        return now()

    @cached_property
    def known(self) -> list[str]:
        """Return the currencies of the site, none to whom they do not concern."""
        return currencies() if self.sees_revenue else []

    @cached_property
    def form(self) -> ScopeForm:
        """Return the form that chooses the period and the currency."""
        usual = {"first": usual_period().first, "until": usual_period().until}
        return ScopeForm({**usual, **self.request.GET.dict()}, currencies=self.known)

    @cached_property
    def period(self) -> Period:
        """Return the period that is shown."""
        return self.form.period

    @cached_property
    def shown(self) -> list[str]:
        """Return the currencies that are shown."""
        chosen = self.form.chosen_currency
        return [chosen] if chosen else self.known

    @cached_property
    def revenue(self) -> list[tuple[str, list[Figure]]]:
        """Return the figures of each currency. Two queries."""
        if not self.shown:
            return []
        sheet, moved = balance_sheet(self.period, self.shown), movements(self.period)
        return [(each, revenue_figures(self.period, each, sheet[each], moved)) for each in self.shown]

    @cached_property
    def licenses(self) -> list[Figure]:
        """Return how licenses stand now. Three queries."""
        if not self.sees_licenses:
            return []
        return license_figures(count_standings(at=self.at), seat_use(at=self.at))

    @cached_property
    def renewals(self) -> list[tuple[date, Figure]]:
        """Return the renewals by cohort. One query."""
        return renewal_figures(self.period, renewals_by_cohort(self.period)) if self.sees_revenue else []

    @cached_property
    def checkouts(self) -> list[Figure]:
        """Return what became of checkouts. One query."""
        if not self.sees_revenue:
            return []
        currency = self.form.chosen_currency
        return checkout_figures(self.period, currency, count_steps(self.period, currency=currency))

    def _all(self) -> Iterator[Figure]:
        for _currency, figures in self.revenue:
            yield from figures
        yield from self.licenses
        yield from (figure for _cohort, figure in self.renewals)
        yield from self.checkouts

    def charts(self) -> list[Line]:
        """Return revenue at the ends of twelve months and now, for each currency. Two queries."""
        if not self.shown:
            return []
        firsts = [next_month(month) for month in months(self._last_month(), MONTHS)]
        ends = [first - timedelta(days=1) for first in firsts]
        kept, present = kept_revenue(ends), revenue_at(self.at)
        return [
            line_of(
                currency,
                [
                    *(self._point(day, kept.get((day, currency)), currency) for day in ends),
                    self._point(today(), present.get(currency, 0), currency),
                ],
            )
            for currency in self.shown
        ]

    def _last_month(self) -> date:
        return today().replace(day=1) - timedelta(days=1)

    def _point(self, day: date, value: int | None, currency: str) -> Point:
        text = gettext("not kept") if value is None else format_money(Money(value, currency))
        return Point(day, value, text)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the home of the admin."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """Return the exports."""
        query = self.request.GET.copy()
        buttons = []
        for name, label in (("xlsx", gettext("Download XLSX")), ("csv", gettext("Download CSV"))):
            query["export"] = name
            buttons.append(
                Button(label, url=f"{figures_url()}?{query.urlencode()}", icon_name="download")
            )
        return buttons

    def get_filename(self) -> str:
        """Return the name of the exported file."""
        return f"figures-{localdate().isoformat()}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Collect everything that the page shows."""
        return super().get_context_data(
            form=self.form,
            period=self.period,
            presets=[
                {
                    "label": label,
                    "url": figures_url(
                        first=each.first, until=each.until, currency=self.form.chosen_currency
                    ),
                    "is_shown": each == self.period,
                }
                for label, each in presets()
            ],
            zone=get_current_timezone_name(),
            is_running=self.period.ends > self.at >= midnight(self.period.first),
            revenue=self.revenue,
            charts=self.charts(),
            licenses=self.licenses,
            renewals=[(date_format(cohort, "F Y"), figure) for cohort, figure in self.renewals],
            checkouts=self.checkouts,
            sees_revenue=self.sees_revenue,
            **kwargs,
        )


class OverviewMenuItem(MenuItem):
    """The first entry in the Licensing menu, for those who may see some of it."""

    def __init__(self) -> None:
        super().__init__(gettext_lazy("Overview"), figures_url(), icon_name="history", order=-1)

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether the item is shown."""
        return any(request.user.has_perm(each) for each in (VIEW_LICENSES, VIEW_REVENUE))


class FiguresPanel(Component):
    """The most important figures on the home of the admin."""

    name = "licensing-figures"
    template_name = "wagtail_licensing/admin/figures_panel.html"
    order = 150

    #: What is shown of revenue, and of licenses.
    REVENUE = ("mrr", "net_new", "lost", "at_risk")
    LICENSES = ("active", "trial", "grace", "ending")

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Return the figures that the person may see. Four queries at most."""
        user, figures, period = parent_context["request"].user, [], usual_period()
        if user.has_perm(VIEW_REVENUE):
            known = currencies()
            sheet, moved = balance_sheet(period, known), movements(period) if known else {}
            for currency in known:
                found = revenue_figures(period, currency, sheet[currency], moved)
                figures += [(currency, each) for each in found if each.name in self.REVENUE]
        if user.has_perm(VIEW_LICENSES):
            counts = count_standings(at=now())
            wanted = {name: counts[name] for name in self.LICENSES}
            figures += [("", each) for each in license_figures(wanted, (0, 0))]
        return {"figures": figures, "url": figures_url()}


def add_figures_panel(request: HttpRequest, panels: list[Any]) -> None:
    """Hook: add the figures to the home of the admin, for those who may see some of them."""
    if any(request.user.has_perm(each) for each in (VIEW_LICENSES, VIEW_REVENUE)):
        panels.append(FiguresPanel())
