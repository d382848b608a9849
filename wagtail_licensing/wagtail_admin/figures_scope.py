"""Which days and which currency the figures are about; it lives in the address."""

from datetime import UTC, date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.widgets import AdminDateInput

from ..conf import now
from ..domain.periods import Period, month_of, months

#: Days of the period that is shown first.
USUAL_DAYS = 30
#: Days that a period may have: ten years.
MOST_DAYS = 3660


class ScopeForm(forms.Form):
    """The period and the currency. Empty fields mean the usual."""

    first = forms.DateField(label=gettext_lazy("From"), required=False, widget=AdminDateInput)
    until = forms.DateField(label=gettext_lazy("Up to, without"), required=False, widget=AdminDateInput)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext("All")), *((each, each) for each in currencies)]
        self.fields["currency"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Make a period of the two days, or say what is wrong with them."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        usual = usual_period()
        until = cleaned.get("until") or usual.until
        first = cleaned.get("first") or (usual.first if usual.first < until else date.min)
        if not timedelta(0) < until - first <= timedelta(days=MOST_DAYS):
            self.add_error(
                "until", gettext("This has to be later than the first day, by ten years at most.")
            )
        else:
            cleaned["period"] = Period(first, until)
        return cleaned

    @property
    def period(self) -> Period:
        """Return the period that is asked for, the usual one where the days make no sense."""
        found: Period | None = self.cleaned_data.get("period") if self.is_valid() else None
        return found or usual_period()

    @property
    def chosen_currency(self) -> str:
        """Return the currency that is asked for, empty for all."""
        return str(self.cleaned_data.get("currency") or "") if self.is_valid() else ""


def today() -> date:
    """Return the running day in UTC."""
    return now().astimezone(UTC).date()


def usual_period() -> Period:
    """Return the last days up to now, the running one included."""
    until = today() + timedelta(days=1)
    return Period(until - timedelta(days=USUAL_DAYS), until)


def presets() -> list[tuple[str, Period]]:
    """Return periods that people ask for, with their names."""
    this = month_of(today())
    year = Period(next(months(this.first, 12)), this.until)
    return [
        (gettext("Last 30 days"), usual_period()),
        (gettext("This month"), this),
        (gettext("Last month"), month_of(this.first - timedelta(days=1))),
        (gettext("12 months"), year),
    ]
