"""Suspend or revoke several licenses, with one reason."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.widgets.button import ListingButton

from ..conf import now
from ..domain.states import Cause, Hold, IllegalTransition, State
from ..licenses import ChangedBy, LicenseError, place_hold, revoke_license
from ..models import License
from .forms import ReasonForm
from .license_actions import cannot_revoke, cannot_suspend, is_held_by_staff
from .license_search import LicenseFilterSet, search_licenses
from .links import license_url, licenses_url
from .permissions import REVOKE_LICENSES, SUSPEND_LICENSES, VIEW_LICENSES
from .words import holder_words


class LicenseBulkAction(BulkAction):
    """Shows how many will change, are so already or cannot, asks for the reason, and does it."""

    models = [License]
    template_name = "wagtail_licensing/admin/license_bulk_action.html"
    form_class = ReasonForm
    permission = ""
    title: Any = ""
    explanation: Any = ""
    button: Any = ""
    is_serious = False

    def __init__(self, request: HttpRequest, model: Any) -> None:
        super().__init__(request, model)
        # Without a way back the own address would be it, which is no page without ids.
        if not get_valid_next_url_from_request(request):
            self.next_url = licenses_url()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not do this to any license."""
        if not request.user.has_perms([VIEW_LICENSES, self.permission]):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def is_done(self, license: License) -> bool:
        """Tell whether ``license`` is already what the action would make it."""
        raise NotImplementedError

    def obstacle(self, license: License) -> str:
        """Return why it cannot be done to ``license``, empty if it can."""
        raise NotImplementedError

    @staticmethod
    def perform(license: License, at: Any, by: ChangedBy) -> None:
        """Do it to one license."""
        raise NotImplementedError

    @classmethod
    def get_queryset(cls, model: Any, object_ids: Any) -> list[License]:
        """Return the licenses with these ids, in the order of their ids; 404 when there is none."""
        ids = [int(text) for text in map(str, object_ids) if text.isascii() and text.isdecimal()]
        found = (
            License.objects.filter(pk__in=[pk for pk in ids if pk < 2**63])
            .select_related("product", "user", "organization")
            .prefetch_related("holds")
            .order_by("pk")
        )
        licenses = list(found)
        if not licenses:
            raise Http404
        return licenses

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """Return the ids of what the list shows: the filters and the search come along."""
        data: QueryDict = self.request.GET
        filters = LicenseFilterSet(data, queryset=License.objects.all(), request=self.request)
        if not filters.is_valid():
            return []
        return search_licenses(filters.qs, data.get("q", "")).values_list("pk", flat=True)

    @cached_property
    def _actionable(self) -> Any:
        return super().get_actionable_objects()

    def get_actionable_objects(self) -> Any:
        """Return the licenses chosen, read once."""
        return self._actionable

    def object_context(self, obj: License) -> dict[str, Any]:
        """Return what the confirmation shows of one license."""
        return {
            "item": obj,
            "url": license_url(obj),
            "holder": holder_words(obj),
            "done": self.is_done(obj),
            "obstacle": self.obstacle(obj),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sort the licenses into those that will change, are so already, and cannot."""
        context = super().get_context_data(**kwargs)
        items = context["items"]
        will_change = [item for item in items if not item["done"] and not item["obstacle"]]
        context.update(
            will_change=will_change,
            already=[item for item in items if item["done"]],
            cannot=[item for item in items if not item["done"] and item["obstacle"]],
            paying=any(item["item"].renews for item in will_change),
            title=self.title,
            explanation=self.explanation,
            button=self.button,
            is_serious=self.is_serious,
            header_icon="key",
        )
        return context

    def get_execution_context(self) -> dict[str, Any]:
        """Pass on who does it and why."""
        assert self.cleaned_form is not None  # noqa: S101 - set before the action runs
        reason = self.cleaned_form.cleaned_data["reason"].strip()
        return {
            "action": self,
            "by": ChangedBy(cause=Cause.STAFF, actor=self.request.user, reason=reason),
        }

    @classmethod
    def execute_action(
        cls, objects: Any, action: Any = None, by: Any = None, **kwargs: Any
    ) -> tuple[int, int]:
        """Do it to each license; what cannot be changed is left alone and counted."""
        at = now()
        changed = left = 0
        for license in objects:
            if action.is_done(license):
                continue
            try:
                with transaction.atomic():
                    cls.perform(license, at, by)
                changed += 1
            except (LicenseError, IllegalTransition):
                left += 1
        return changed, left

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str | None:
        """Say how many were changed, and warn of those left alone."""
        if num_child_objects:
            text = ngettext(
                "%(count)d license could not be changed and was left as it is.",
                "%(count)d licenses could not be changed and were left as they are.",
                num_child_objects,
            )
            messages.warning(self.request, text % {"count": num_child_objects})
        return self.done_message(num_parent_objects)

    def done_message(self, count: int) -> str:
        """Say how many licenses were changed."""
        raise NotImplementedError


class SuspendLicenses(LicenseBulkAction):
    """Suspend the chosen licenses."""

    display_name = gettext_lazy("Suspend")
    action_type = "suspend"
    aria_label = gettext_lazy("Suspend selected licenses")
    action_priority = 10
    permission = SUSPEND_LICENSES
    title = gettext_lazy("Suspend licenses")
    explanation = gettext_lazy("Access ends at once and comes back when a license is resumed.")
    button = gettext_lazy("Suspend them")

    def is_done(self, license: License) -> bool:
        """Tell whether staff has suspended it."""
        return license.state == State.SUSPENDED and is_held_by_staff(license)

    def obstacle(self, license: License) -> str:
        """Return why it cannot be suspended."""
        return cannot_suspend(license)

    @staticmethod
    def perform(license: License, at: Any, by: ChangedBy) -> None:
        """Place the hold of staff."""
        place_hold(license_id=license.pk, hold=Hold.ADMIN, at=at, by=by)

    def done_message(self, count: int) -> str:
        """Say how many were suspended."""
        text = ngettext("%(count)d license suspended.", "%(count)d licenses suspended.", count)
        return text % {"count": count}


class RevokeLicenses(LicenseBulkAction):
    """Revoke the chosen licenses for ever."""

    display_name = gettext_lazy("Revoke")
    action_type = "revoke"
    aria_label = gettext_lazy("Revoke selected licenses")
    action_priority = 20
    classes = {"serious"}
    permission = REVOKE_LICENSES
    title = gettext_lazy("Revoke licenses")
    explanation = gettext_lazy(
        "Access ends at once. A revoked license never comes back; you could only issue a new one."
    )
    button = gettext_lazy("Revoke them for ever")
    is_serious = True

    def is_done(self, license: License) -> bool:
        """Tell whether it is revoked."""
        return license.state == State.REVOKED

    def obstacle(self, license: License) -> str:
        """Return why it cannot be revoked."""
        return cannot_revoke(license)

    @staticmethod
    def perform(license: License, at: Any, by: ChangedBy) -> None:
        """Revoke it."""
        revoke_license(license_id=license.pk, at=at, by=by)

    def done_message(self, count: int) -> str:
        """Say how many were revoked."""
        text = ngettext("%(count)d license revoked.", "%(count)d licenses revoked.", count)
        return text % {"count": count}


BULK_ACTIONS: list[type[LicenseBulkAction]] = [SuspendLicenses, RevokeLicenses]


def bulk_buttons(user: Any) -> list[ListingButton]:
    """Return the buttons of the bulk actions that ``user`` may do."""
    return [
        ListingButton(
            action.display_name,
            reverse("wagtail_bulk_action", args=["wagtail_licensing", "license", action.action_type]),
            attrs={"aria-label": str(action.aria_label), "data-bulk-action-button": ""},
            classname=" ".join(action.classes | {"bulk-action-btn"}),
            priority=action.action_priority,
        )
        for action in BULK_ACTIONS
        if user.has_perms([VIEW_LICENSES, action.permission])
    ]
