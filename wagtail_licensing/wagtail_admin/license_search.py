"""Find licenses: by reference, by people and their addresses, by Stripe's ids, by filters."""

from datetime import timedelta

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.widgets import BooleanRadioSelect

from ..conf import now
from ..models import License, LicenseProduct, LicenseSeat
from ..models.licenses import LicenseSource, LicenseState, SeatState
from ..reports.definitions import DEFINITIONS
from ..reports.standings import STANDINGS

#: Ids of Stripe by which a license is found, through the mirror of its subscription or payment.
_STRIPE_IDS = (
    "billing_item__stripe_id",
    "billing_item__subscription__stripe_id",
    "billing_item__subscription__customer__stripe_id",
    "billing_payment__stripe_id",
    "billing_payment__customer__stripe_id",
)


def person_fields() -> list[str]:
    """Return the fields of the user model by which people are found: user name, mail, names."""
    model = get_user_model()
    known = {field.name for field in model._meta.get_fields()}
    wanted = [model.USERNAME_FIELD, model.get_email_field_name(), "first_name", "last_name"]
    return [name for name in dict.fromkeys(wanted) if name in known]


def naming_fields() -> list[str]:
    """Return the fields that name one person: the user name, and the mail address if there is one."""
    model = get_user_model()
    wanted = {model.USERNAME_FIELD, model.get_email_field_name()}
    return [name for name in person_fields() if name in wanted]


def search_licenses(queryset: QuerySet[License], text: str) -> QuerySet[License]:
    """Return the licenses of ``queryset`` that ``text`` finds; each word must be found somewhere."""
    for word in text.split():
        people = [f"{name}__icontains" for name in person_fields()]
        query = Q(reference__icontains=word) | Q(organization__name__icontains=word)
        for lookup in people:
            query |= Q(**{f"user__{lookup}": word})
        for field in _STRIPE_IDS:
            query |= Q(**{field: word})
        seat = Q()
        for lookup in people:
            seat |= Q(**{f"user__{lookup}": word})
        queryset = queryset.filter(query | Q(Exists(_seats().filter(seat))))
    return queryset


def _seats() -> QuerySet[LicenseSeat]:
    return LicenseSeat.objects.filter(license=OuterRef("pk"), state=SeatState.ASSIGNED)


class LicenseFilterSet(WagtailFilterSet):
    """The filters of the list of licenses; they live in its address."""

    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=LicenseState.choices, widget=forms.CheckboxSelectMultiple
    )
    product = django_filters.ModelMultipleChoiceFilter(
        label=_("Product"),
        queryset=LicenseProduct.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )
    source = django_filters.MultipleChoiceFilter(
        label=_("Source"), choices=LicenseSource.choices, widget=forms.CheckboxSelectMultiple
    )
    ends_within = django_filters.ChoiceFilter(
        label=_("Access ends within"),
        choices=[("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days"))],
        method="filter_ends_within",
        widget=forms.RadioSelect,
        empty_label=_("Any time"),
    )
    standing = django_filters.ChoiceFilter(
        label=_("Stands"),
        choices=[(name, DEFINITIONS[name].label) for name in STANDINGS],
        method="filter_standing",
        empty_label=_("Any"),
    )
    renews = django_filters.BooleanFilter(label=_("Renews"), widget=BooleanRadioSelect)
    holder = django_filters.CharFilter(
        label=_("Holder"),
        method="filter_holder",
        help_text=_("The exact user name or e-mail address, also of people with a seat."),
    )

    class Meta:
        model = License
        fields: list[str] = []

    def filter_standing(self, queryset: QuerySet[License], name: str, value: str) -> QuerySet[License]:
        """Keep the licenses behind a figure of the overview."""
        return queryset.filter(STANDINGS[value](now()))

    def filter_ends_within(
        self, queryset: QuerySet[License], name: str, value: str
    ) -> QuerySet[License]:
        """Keep licenses whose access ends from now to so many days ahead."""
        at = now()
        return queryset.filter(access_until__gt=at, access_until__lte=at + timedelta(days=int(value)))

    def filter_holder(self, queryset: QuerySet[License], name: str, value: str) -> QuerySet[License]:
        """Keep licenses that one person holds or has a seat on."""
        user = Q()
        for field in naming_fields():
            user |= Q(**{f"user__{field}__iexact": value.strip()})
        return queryset.filter(user | Exists(_seats().filter(user)))
