"""The lists behind the figures: revenue changes, subscriptions, renewals, checkouts."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet, Sum
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BaseColumn, Column, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets import AdminDateInput
from wagtail.permission_policies import ModelPermissionPolicy

from ..domain.money import Money
from ..domain.periods import Period
from ..models import BillingSubscription, CheckoutIntent, LicenseEvent, RevenueChange
from ..models.revenue import RevenueChangeKind
from ..reports.amounts import format_money
from ..reports.funnel import checkouts
from ..reports.renewals import renewals
from ..reports.revenue import amount_of, balances, changes, currencies
from .exports import SafeExportMixin
from .figures_scope import usual_period
from .links import ADMIN, figures_url, license_url, licenses_url
from .words import event_words, instant_words


def _as_it_is(queryset: Any, name: str, value: Any) -> Any:
    """Filter nothing here: a report makes the rows from the values of the form."""
    return queryset


def _currency_choices() -> list[tuple[str, str]]:
    return [(each, each) for each in currencies()]


class PeriodFilters(WagtailFilterSet):
    """The period that a figure is about."""

    first = django_filters.DateFilter(label=_("From"), method=_as_it_is, widget=AdminDateInput)
    until = django_filters.DateFilter(label=_("Up to, without"), method=_as_it_is, widget=AdminDateInput)


class CurrencyFilters(PeriodFilters):
    """The period and the currency."""

    currency = django_filters.ChoiceFilter(
        label=_("Currency"), choices=_currency_choices, method=_as_it_is, empty_label=_("All")
    )


class ChangeFilters(CurrencyFilters):
    """What changed."""

    kind = django_filters.MultipleChoiceFilter(
        label=_("Kind"), choices=RevenueChangeKind.choices, method=_as_it_is
    )

    class Meta:
        model = RevenueChange
        fields: list[str] = []


class SubscriptionFilters(CurrencyFilters):
    """What became of subscriptions."""

    outcome = django_filters.ChoiceFilter(
        label=_("Subscriptions that"),
        choices=[
            ("start", _("paid at the beginning")),
            ("end", _("pay at the end")),
            ("lost", _("paid at the beginning and not at the end")),
            ("shrunk", _("pay less at the end")),
            ("at_risk", _("are past due now")),
            ("leaving", _("run out, as of now")),
        ],
        method=_as_it_is,
        empty_label=_("ever paid"),
    )

    class Meta:
        model = BillingSubscription
        fields: list[str] = []


class RenewalFilters(PeriodFilters):
    """What became of terms."""

    cohort = django_filters.DateFilter(
        label=_("Began in the month of"), method=_as_it_is, widget=AdminDateInput
    )
    outcome = django_filters.ChoiceFilter(
        label=_("Terms"),
        choices=[("renewed", _("renewed")), ("ended", _("not renewed"))],
        method=_as_it_is,
        empty_label=_("due"),
    )

    class Meta:
        model = LicenseEvent
        fields: list[str] = []


class CheckoutFilters(CurrencyFilters):
    """What became of checkouts."""

    step = django_filters.ChoiceFilter(
        label=_("Checkouts"),
        choices=[
            ("paid", _("paid")),
            ("waiting", _("waiting")),
            ("abandoned", _("abandoned")),
            ("failed", _("failed")),
        ],
        method=_as_it_is,
        empty_label=_("begun"),
    )

    class Meta:
        model = CheckoutIntent
        fields: list[str] = []


class FigureList(SafeExportMixin, ReportView):
    """The rows behind a figure. The filters live in the address; without any, the last 30 days."""

    header_icon = "history"
    permission_policy = ModelPermissionPolicy(RevenueChange)
    any_permission_required = ["view"]
    template_name = "wagtail_licensing/admin/figure_list.html"

    def get_filtered_queryset(self) -> Any:
        """Return the rows that the filters ask for."""
        if self.filters is None or not self.filters.is_valid():
            return self.model.objects.none()
        return self.rows(self.filters.form.cleaned_data)

    def rows(self, asked: dict[str, Any]) -> QuerySet[Any]:
        """Return the rows for the values of a valid form."""
        raise NotImplementedError

    def totals(self, rows: QuerySet[Any]) -> list[tuple[str, int]]:
        """Return what the rows add up to, by currency."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the sums, so that they can be compared with the figure."""
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        context["totals"] = self.totals(self.object_list)
        context["totals_text"] = ", ".join(
            format_money(Money(amount, currency)) for currency, amount in context["totals"]
        )
        return context

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the overview to here."""
        return [
            *self.breadcrumbs_items,
            {"url": figures_url(), "label": gettext("Overview")},
            {"url": "", "label": self.page_title},
        ]

    def get_filename(self) -> str:
        """Return the name of the exported file."""
        return f"{self.index_url_name.rpartition(':')[2]}-{localdate().isoformat()}"


def period_of(asked: dict[str, Any]) -> Period:
    """Return the period that a form asks for, the usual one where the days make no sense."""
    usual = usual_period()
    try:
        return Period(asked.get("first") or usual.first, asked.get("until") or usual.until)
    except ValueError:
        return usual


def _money(amount: int, currency: str) -> str:
    return format_money(Money(amount, currency))


def _subscription_url(subscription: BillingSubscription) -> str:
    return licenses_url(q=subscription.stripe_id)


class ChangeList(FigureList):
    """Every change of what a subscription brings in a month."""

    model = RevenueChange
    page_title = _("Revenue changes")
    index_url_name = f"{ADMIN}:figure_changes"
    index_results_url_name = f"{ADMIN}:figure_changes_results"
    filterset_class = ChangeFilters
    list_export = ["at", "kind", "subscription.stripe_id", "currency", "before", "after"]

    def rows(self, asked: dict[str, Any]) -> QuerySet[RevenueChange]:
        """Return the changes in the period, latest first."""
        found = changes(
            period=period_of(asked), currency=asked.get("currency") or "", kinds=asked.get("kind") or ()
        )
        return found.select_related("subscription__customer__user").order_by("-at", "-pk")

    def totals(self, rows: QuerySet[RevenueChange]) -> list[tuple[str, int]]:
        """Return by how much revenue changed."""
        sums = rows.order_by().values_list("currency")
        total = sums.annotate(total=Sum("after") - Sum("before"))
        return sorted(total)

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Return the columns."""
        return [
            TitleColumn(
                "subscription",
                label=gettext("Subscription"),
                accessor="subscription.stripe_id",
                get_url=lambda row: _subscription_url(row.subscription),
            ),
            Column("holder", label=gettext("Customer"), accessor="subscription.customer.user"),
            Column("kind", label=gettext("Kind"), accessor="get_kind_display"),
            Column("at", label=gettext("At"), accessor=lambda row: instant_words(row.at)),
            Column(
                "before", label=gettext("Before"), accessor=lambda row: _money(row.before, row.currency)
            ),
            Column(
                "after", label=gettext("After"), accessor=lambda row: _money(row.after, row.currency)
            ),
        ]


class SubscriptionList(FigureList):
    """Subscriptions with what they bring in a month when a period begins and when it ends."""

    model = BillingSubscription
    page_title = _("Subscriptions")
    index_url_name = f"{ADMIN}:figure_subscriptions"
    index_results_url_name = f"{ADMIN}:figure_subscriptions_results"
    filterset_class = SubscriptionFilters
    outcome = ""
    list_export = ["stripe_id", "status", "currency", "at_start", "at_end", "monthly_amount"]

    def rows(self, asked: dict[str, Any]) -> QuerySet[BillingSubscription]:
        """Return the subscriptions, those that bring most first."""
        self.outcome = asked.get("outcome") or ""
        currency = asked.get("currency") or ""
        found: QuerySet[Any] = balances(period_of(asked), currency=currency, outcome=self.outcome)
        return found.select_related("customer__user").order_by("-at_end", "-at_start", "pk")

    def totals(self, rows: QuerySet[Any]) -> list[tuple[str, int]]:
        """Return what they bring, or bring less, by currency. One query for each currency shown."""
        known = sorted(set(rows.order_by().values_list("currency", flat=True)))
        amount = amount_of(self.outcome)
        return [
            (each, rows.filter(currency=each).order_by().aggregate(total=Sum(amount))["total"])
            for each in known
        ]

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Return the columns."""
        return [
            TitleColumn("stripe_id", label=gettext("Subscription"), get_url=_subscription_url),
            Column("customer", label=gettext("Customer"), accessor="customer.user"),
            Column("status", label=gettext("Status at Stripe")),
            Column(
                "at_start",
                label=gettext("A month, at the beginning"),
                accessor=lambda row: _money(row.at_start, row.currency),
            ),
            Column(
                "at_end",
                label=gettext("A month, at the end"),
                accessor=lambda row: _money(row.at_end, row.currency),
            ),
        ]


class RenewalList(FigureList):
    """Paid terms of subscriptions that came to their end."""

    model = LicenseEvent
    page_title = _("Renewals")
    index_url_name = f"{ADMIN}:figure_renewals"
    index_results_url_name = f"{ADMIN}:figure_renewals_results"
    filterset_class = RenewalFilters
    list_export = ["license.reference", "kind", "at", "license.starts_at"]

    def rows(self, asked: dict[str, Any]) -> QuerySet[LicenseEvent]:
        """Return the lines of history, latest first."""
        cohort: date | None = asked.get("cohort")
        found = renewals(
            period_of(asked),
            cohort=cohort.replace(day=1) if cohort and cohort < date(9999, 12, 1) else None,
            outcome=asked.get("outcome") or "due",
        )
        return found.select_related("license__product").order_by("-at", "-pk")

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Return the columns."""
        return [
            TitleColumn(
                "license", label=gettext("License"), get_url=lambda row: license_url(row.license)
            ),
            Column("product", label=gettext("Product"), accessor="license.product"),
            Column("kind", label=gettext("What happened"), accessor=lambda row: event_words(row.kind)),
            Column("at", label=gettext("At"), accessor=lambda row: instant_words(row.at)),
            Column(
                "began",
                label=gettext("Began"),
                accessor=lambda row: instant_words(row.license.starts_at),
            ),
        ]


class CheckoutList(FigureList):
    """Checkouts that were begun."""

    model = CheckoutIntent
    page_title = _("Checkouts")
    index_url_name = f"{ADMIN}:figure_checkouts"
    index_results_url_name = f"{ADMIN}:figure_checkouts_results"
    filterset_class = CheckoutFilters
    list_export = [
        "pk",
        "user",
        "price.product.name",
        "quantity",
        "state",
        "payment_status",
        "created_at",
        "completed_at",
    ]

    def rows(self, asked: dict[str, Any]) -> QuerySet[CheckoutIntent]:
        """Return the checkouts, latest first."""
        found = checkouts(
            period_of(asked),
            currency=asked.get("currency") or "",
            step=asked.get("step") or "begun",
        )
        return found.select_related("user", "price__product").order_by("-pk")

    @cached_property
    def columns(self) -> list[BaseColumn]:
        """Return the columns."""
        return [
            Column("user", label=gettext("Customer")),
            Column("product", label=gettext("Product"), accessor="price.product"),
            Column("quantity", label=gettext("Quantity")),
            Column("state", label=gettext("State"), accessor="get_state_display"),
            Column("begun", label=gettext("Begun"), accessor=lambda row: instant_words(row.created_at)),
        ]


#: The name of an address -> the list there.
FIGURE_LISTS: dict[str, type[FigureList]] = {
    "changes": ChangeList,
    "subscriptions": SubscriptionList,
    "renewals": RenewalList,
    "checkouts": CheckoutList,
}
