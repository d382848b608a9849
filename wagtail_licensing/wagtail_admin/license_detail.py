"""The page of one license: facts, holds, seats, Stripe's ids, history, and what can be done."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button, HeaderButton

from ..conf import now
from ..models import License, LicenseSeat
from ..models.licenses import SeatState
from .hand_over import ALL_ACTION_VIEWS
from .history import latest_history
from .links import LICENSES, explain_url, licenses_url, timeline_url
from .permissions import CHANGE_GATES, OPERATE_BILLING
from .stripe_links import dashboard_url
from .words import HOLD_WORDS, holder_words, instant_words, state_words


class LicenseDetailView(generic.InspectView):
    """Shows one license; changes nothing."""

    any_permission_required = ["view"]
    page_title = gettext_lazy("License")

    def get_object(self, queryset: QuerySet[License] | None = None) -> License:
        """Return the license with what the page shows of it."""
        related = ("product", "policy", "user", "organization")
        return get_object_or_404(License.objects.select_related(*related), pk=self.pk)

    def get_page_subtitle(self) -> str:
        """Return the reference."""
        return str(self.object)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the list to here."""
        return [
            *self.breadcrumbs_items,
            {"url": licenses_url(), "label": gettext("Licenses")},
            {"url": "", "label": str(self.object), "sublabel": ""},
        ]

    @cached_property
    def actions(self) -> list[dict[str, Any]]:
        """Return what this person can do to this license now."""
        user, license = self.request.user, self.object
        return [
            {
                "label": view.page_title,
                "url": reverse(f"{LICENSES}:{name}", args=[license.pk]),
                "icon": view.icon,
            }
            for name, view in ALL_ACTION_VIEWS.items()
            if user.has_perm(view.permission) and not view.obstacle(license)
        ]

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """Return the actions, and the way to what the holder can read."""
        actions = [*self.actions, *self._explanation()]
        return [
            HeaderButton(action["label"], url=action["url"], icon_name=action["icon"], priority=position)
            for position, action in enumerate(actions)
        ]

    def _explanation(self) -> list[dict[str, Any]]:
        holder = self.object.user
        if holder is None or not self.request.user.has_perm(CHANGE_GATES):
            return []
        url = explain_url(user=holder.pk)
        return [{"label": gettext("Explain access"), "url": url, "icon": "help"}]

    def _evidence_url(self) -> str:
        if not self.request.user.has_perm(OPERATE_BILLING):
            return ""
        return reverse(f"{LICENSES}:evidence", args=[self.object.pk])

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """There is no form for the row, and no way to delete it."""
        return []

    def get_fields_context(self) -> list[dict[str, Any]]:
        """Return the facts, each with its label."""
        license = self.object
        facts = [
            (gettext("Holder"), holder_words(license)),
            (gettext("Product"), str(license.product)),
            (gettext("Policy"), gettext("version %(number)s") % {"number": license.policy.version}),
            (gettext("Mark"), license.get_flag_display() if license.flag else gettext("none")),
            (gettext("Source"), license.get_source_display()),
            (gettext("Starts"), instant_words(license.starts_at)),
            (gettext("Ends"), instant_words(license.ends_at)),
            (gettext("Access until"), instant_words(license.access_until)),
            (gettext("Renews"), gettext("yes") if license.renews else gettext("no")),
            (gettext("Trial"), gettext("yes") if license.is_trial else gettext("no")),
            (gettext("Held since"), instant_words(license.held_since)),
        ]
        return [{"label": label, "value": value} for label, value in facts]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Collect everything that the page shows."""
        license, at = self.object, now()
        return super().get_context_data(
            license=license,
            state=state_words(license, at),
            entitles=license.facts.entitles(at),
            holds=self._holds(),
            seats=self._seats(),
            stripe=self._stripe(),
            timeline=latest_history(license),
            timeline_url=timeline_url(license=license),
            evidence_url=self._evidence_url(),
            **kwargs,
        )

    def _holds(self) -> list[dict[str, Any]]:
        return [
            {
                "what": HOLD_WORDS.get(hold.kind, hold.kind),
                "reason": hold.reason,
                "placed_at": hold.placed_at,
            }
            for hold in self.object.holds.order_by("placed_at", "pk")
        ]

    def _seats(self) -> list[LicenseSeat]:
        if not self.object.uses_seats:
            return []
        seats = self.object.seats.exclude(state=SeatState.RELEASED)
        return list(seats.select_related("user").order_by("slot"))

    def _stripe(self) -> list[dict[str, Any]]:
        """Return Stripe's ids of what pays for this license, as last read. Two queries at most."""
        license = self.object
        item = getattr(license, "billing_item", None)
        payment = getattr(license, "billing_payment", None)
        rows: list[tuple[str, Any, str]] = []
        if item is not None:
            subscription = item.subscription
            rows += [
                (gettext("Customer"), subscription.customer, ""),
                (gettext("Subscription"), subscription, subscription.status),
                (gettext("Subscription item"), item, ""),
            ]
        if payment is not None:
            rows += [
                (gettext("Customer"), payment.customer, ""),
                (gettext("Payment"), payment, payment.status),
            ]
        return [
            {
                "label": label,
                "id": known.stripe_id,
                "url": dashboard_url(known.stripe_id, livemode=known.livemode),
                "status": status,
            }
            for label, known, status in rows
        ]
