"""Forms of the license screens."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.timezone import make_aware
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from ..conf import now
from ..models import LicenseProduct
from .license_search import naming_fields


def end_of_day(last_day: date) -> datetime:
    """Return the exclusive end of ``last_day`` in the time zone of the admin."""
    return make_aware(datetime.combine(last_day + timedelta(days=1), time.min))


class ReasonForm(forms.Form):
    """The reason that every action of staff needs; it is written into the history."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept in the history of the license. The holder does not see it."),
        error_messages={"required": gettext_lazy("Say why; the history needs a reason.")},
    )


class RefusalForm(forms.Form):
    """The reason why an application is refused; the applicant reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The applicant reads it, in the mail and on the page of the application."
        ),
        error_messages={"required": gettext_lazy("Say why; the applicant reads it.")},
    )


def _last_day_field(help_text: Any) -> forms.DateField:
    return forms.DateField(
        label=gettext_lazy("Last day of access"),
        required=False,
        widget=AdminDateInput,
        help_text=help_text,
    )


class EndForm(ReasonForm):
    """A new end, and why."""

    last_day = _last_day_field(gettext_lazy("Leave empty for no end."))
    field_order = ["last_day", "reason"]

    def clean_last_day(self) -> date | None:
        """Refuse a day that is past."""
        last_day = self.cleaned_data["last_day"]
        if last_day and end_of_day(last_day) <= now():
            raise forms.ValidationError(gettext("This day is past."))
        return last_day


class IssueForm(EndForm):
    """Whom to give a license of what, until when, and why."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=254,
        help_text=gettext_lazy("The user name or the e-mail address of an account."),
    )
    product = forms.ModelChoiceField(
        label=gettext_lazy("Product"), queryset=LicenseProduct.objects.filter(is_archived=False)
    )
    last_day = _last_day_field(
        gettext_lazy("Leave empty for no end, or for the length of a product of a fixed term.")
    )
    again = forms.BooleanField(
        label=gettext_lazy("Issue one more license of this product"), required=False
    )
    field_order = ["person", "product", "last_day", "reason", "again"]

    def clean_person(self) -> Any:
        """Return the user, or say that there is none, several, or an inactive one."""
        text = self.cleaned_data["person"].strip()
        users = find_people(text)
        if not users:
            raise forms.ValidationError(
                gettext("Nobody has the user name or the e-mail address “%(text)s”."),
                params={"text": text},
                code="unknown",
            )
        if len(users) > 1:
            raise forms.ValidationError(
                gettext("Several accounts have this e-mail address; give the user name."),
                code="several",
            )
        if not users[0].is_active:
            raise forms.ValidationError(
                gettext("This account is inactive and could not use a license."), code="inactive"
            )
        return users[0]


def find_people(text: str) -> list[Any]:
    """Return the user with exactly this user name, else those with this mail address, up to two."""
    model = get_user_model()
    by_name = list(model.objects.filter(**{model.USERNAME_FIELD: text})[:1])
    if by_name:
        return by_name
    query = Q()
    for field in naming_fields():
        query |= Q(**{f"{field}__iexact": text})
    return list(model.objects.filter(query)[:2])
