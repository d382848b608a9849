"""How things stood with a person on a day in the past: what they held, and what that opened."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateTimeInput

from ..conf import now
from ..domain.access import AccessReason
from ..models import License
from ..models.licenses import LicenseState
from ..reports.as_of import AsOf, HeldThen, OpenThen, as_of
from .links import license_url, licenses_url, timeline_url
from .permissions import VIEW_GATES, VIEW_LICENSES, may_see_person
from .words import instant_words


class AsOfForm(forms.Form):
    """The instant to look at."""

    at = forms.DateTimeField(
        label=gettext_lazy("As of"),
        widget=AdminDateTimeInput,
        help_text=gettext_lazy("In your time zone. It has to be past."),
        error_messages={"required": gettext_lazy("Choose a day and a time.")},
    )

    def clean_at(self) -> datetime:
        """Refuse an instant that is still to come, and one that no calendar has."""
        chosen: datetime = self.cleaned_data["at"]
        try:
            at = chosen.astimezone(UTC)
        except OverflowError:
            raise forms.ValidationError(gettext("There is no such day."), code="never") from None
        if at > now():
            raise forms.ValidationError(gettext("This is still to come."), code="future")
        return at


class AsOfView(WagtailAdminTemplateMixin, TemplateView):
    """Shows one person at one instant. Changes nothing."""

    template_name = "wagtail_licensing/admin/as_of.html"
    page_title = gettext_lazy("As of a day")
    header_icon = "date"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not see licenses and gates; find the person, if they may be known."""
        if not request.user.has_perms([VIEW_LICENSES, VIEW_GATES]):
            raise PermissionDenied
        self.person = get_object_or_404(get_user_model(), pk=kwargs["user_id"])
        if not may_see_person(request.user, self.person):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Return whom it is about."""
        return str(self.person.get_username())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the timeline to here."""
        name = self.get_page_subtitle()
        return [
            *self.breadcrumbs_items,
            {"url": licenses_url(holder=name), "label": gettext("Licenses")},
            {"url": timeline_url(user=self.person), "label": gettext("Timeline")},
            {"url": "", "label": gettext("As of a day"), "sublabel": name},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, and how it was where an instant was chosen."""
        asked = "at" in self.request.GET
        form = AsOfForm(self.request.GET) if asked else AsOfForm(initial={"at": localtime(now())})
        if asked and form.is_valid():
            kwargs |= self._told(as_of(self.person, at=form.cleaned_data["at"]))
        return super().get_context_data(form=form, timeline_url=timeline_url(user=self.person), **kwargs)

    def _told(self, was: AsOf) -> dict[str, Any]:
        return {
            "at": was.at,
            "held": [_held(each) for each in was.held],
            "opened": [_gate(each) for each in was.opened],
            "waiting": [_gate(each) for each in was.waiting],
            "more": was.more,
            "not_known": self._not_known(was),
        }

    def _not_known(self, was: AsOf) -> list[str]:
        """Return what cannot be told of the past, in sentences."""
        sentences = [
            gettext("Gates and rules, and what was given by hand, are those of today."),
            gettext("Gates that were taken away since are not named."),
            gettext("A seat that was suspended and restored since counts as open in between."),
            gettext(
                "What stays open because it was published while a license was held depends on each "
                "page: ask Explain access."
            ),
            gettext("Which pages were opened then is not written down."),
        ]
        if not was.is_active:
            sentences.append(
                gettext("The account is inactive today; since when is not written down here.")
            )
        joined = getattr(self.person, "date_joined", None)
        if joined is not None and joined > was.at:
            words = gettext("The account was made later: %(when)s")
            sentences.insert(0, words % {"when": instant_words(joined)})
        return sentences


def _held(each: HeldThen) -> dict[str, Any]:
    facts = each.facts
    state = str(LicenseState(facts.state).label)
    return {
        "reference": each.reference,
        "url": license_url(License(pk=facts.id)),
        "product": each.product,
        "state": gettext("%(state)s, by a seat") % {"state": state} if each.by_seat else state,
        "opens": each.opens,
        "ends": instant_words(each.ends_at, never=gettext("no end")),
        "access_until": instant_words(facts.access_until, never=gettext("no end")),
        "held_since": instant_words(facts.held_since),
    }


def _gate(each: OpenThen) -> dict[str, Any]:
    by_hand = each.decision.reason is AccessReason.GRANT
    return {
        "label": str(each.gate),
        "why": gettext("given by hand") if by_hand else each.product,
        "from": instant_words(each.decision.unlocks_at) if each.decision.unlocks_at else "",
        "changed": each.changed,
    }
