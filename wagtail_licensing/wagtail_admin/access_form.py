"""The form that sets who can read a page: the same in the side panel, the dialog and the plain page."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.widgets import AdminDateTimeInput

from ..gates.write import remove_page_gate, set_page_gate
from ..models import Gate, LicenseProduct
from ..models.gates import GateAudience, WithoutAccess

SAME_AS_PARENT = "inherit"


class AccessForm(forms.Form):
    """Who can read a page, and what the others see."""

    #: What stands behind "More".
    MORE: tuple[str, ...] = ("after_days",)

    audience = forms.ChoiceField(
        label=gettext_lazy("Who can read this page"),
        choices=[
            (SAME_AS_PARENT, gettext_lazy("Same as parent")),
            (GateAudience.EVERYONE, gettext_lazy("Everyone (free preview)")),
            (GateAudience.MEMBERS, gettext_lazy("Any signed-in member")),
            (GateAudience.LICENSED, gettext_lazy("People with a license for…")),
        ],
        widget=forms.RadioSelect,
    )
    products = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Products"),
        queryset=LicenseProduct.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    after_days = forms.IntegerField(
        label=gettext_lazy("Days held before it opens"),
        required=False,
        min_value=0,
        max_value=36500,
        help_text=gettext_lazy("0 opens at once. Leave empty to keep the days of each product."),
    )
    without_access = forms.ChoiceField(
        label=gettext_lazy("Without access, show"),
        choices=WithoutAccess.choices,
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, gate: Gate | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Q(pk__in=gate.rules.values("product_id")) if gate is not None else Q()
        offered = Q(is_archived=False)
        queryset = LicenseProduct.objects.filter(offered | chosen if chosen else offered)
        self.fields["products"].queryset = queryset  # type: ignore[attr-defined]

    @property
    def more_fields(self) -> list[Any]:
        """Return what stands behind "More"."""
        return [self[name] for name in self.MORE]

    @property
    def has_more(self) -> bool:
        """Tell whether something behind "More" is set or wrong, so that it must be seen."""
        nothing = (None, "", "0", 0, False)
        return any(self[name].value() not in nothing or self[name].errors for name in self.MORE)

    def clean(self) -> dict[str, Any]:
        """Require a product for people with a license."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        licensed = cleaned.get("audience") == GateAudience.LICENSED
        if licensed and not cleaned.get("products") and "products" not in self.errors:
            self.add_error(
                "products", gettext("Choose at least one product, or nobody could open this.")
            )
        cleaned["without_access"] = cleaned.get("without_access") or WithoutAccess.TEASER
        return cleaned


class PageAccessForm(AccessForm):
    """What can be set on one page: the dates, the meter and what is kept, too."""

    free_until = forms.DateTimeField(
        label=gettext_lazy("Open to everyone until"), required=False, widget=AdminDateTimeInput
    )
    free_from = forms.DateTimeField(
        label=gettext_lazy("Open to everyone from"), required=False, widget=AdminDateTimeInput
    )
    free_reads = forms.IntegerField(
        label=gettext_lazy("Free pages a month"),
        required=False,
        min_value=0,
        max_value=1000,
        help_text=gettext_lazy("For signed-in visitors without a license. 0 is none."),
    )
    keeps = forms.BooleanField(
        label=gettext_lazy("Keeps what was published while held"),
        required=False,
        help_text=gettext_lazy("When a license has ended, pages published while it was held stay open."),
    )

    MORE = ("after_days", "keeps", "free_until", "free_from", "free_reads")

    def clean(self) -> dict[str, Any]:
        """Refuse dates that leave no time in which the page is closed."""
        cleaned = super().clean()
        until, since = cleaned.get("free_until"), cleaned.get("free_from")
        if until and since and since <= until:
            self.add_error(
                "free_from", gettext("This has to be later, or the page would never be closed.")
            )
        return cleaned


def initial_of(facts: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the form shows for the facts of a gate; without a gate, what most people want next."""
    if facts is None:
        return {"audience": SAME_AS_PARENT, "without_access": WithoutAccess.TEASER, "after_days": 0}
    days = {after for _product, after in facts["rules"]} or {0}
    return {
        "audience": facts["audience"],
        "products": [product_id for product_id, _days in facts["rules"]],
        "after_days": days.pop() if len(days) == 1 else None,
        "without_access": facts["without_access"],
        "keeps": bool(facts.get("keeps")),
        "free_until": _instant(facts.get("free_until")),
        "free_from": _instant(facts.get("free_from")),
        "free_reads": facts.get("free_reads") or None,
    }


def _instant(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def set_access(page: Any, cleaned: dict[str, Any], *, by: Any) -> Gate | None:
    """Set what a valid access form says on ``page`` and return its gate, None where it has none of its
    own any more. Raises ``GateError``."""
    if cleaned["audience"] == SAME_AS_PARENT:
        remove_page_gate(page=page, by=by)
        return None
    return set_page_gate(page=page, by=by, **_wanted(cleaned))


def facts_of_choice(cleaned: dict[str, Any]) -> list[Any]:
    """Return what was chosen, in a form that can be compared and signed."""
    wanted = {**_wanted(cleaned), "products": sorted(product.pk for product in cleaned["products"])}
    return sorted((name, str(value)) for name, value in wanted.items())


def _wanted(cleaned: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: cleaned[name] for name in ("audience", "products", "without_access", "after_days")}
    if "free_reads" not in cleaned:  # the form for several pages leaves the rest as it is
        return wanted
    more = {name: cleaned[name] for name in ("free_until", "free_from", "keeps")}
    return {**wanted, **more, "free_reads": cleaned["free_reads"] or 0}


__all__ = [
    "SAME_AS_PARENT",
    "AccessForm",
    "PageAccessForm",
    "facts_of_choice",
    "initial_of",
    "set_access",
]
