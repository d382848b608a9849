"""Approve or refuse applications: one, or several with one reason."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy, ngettext
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.bulk_action import BulkAction
from wagtail.admin.widgets.button import ListingButton

from ..conf import now
from ..domain.states import Cause
from ..licenses import ChangedBy, LicenseError, approve_application, is_to_pay, refuse_application
from ..models import LicenseApplication
from ..models.applications import ApplicationState
from .forms import RefusalForm
from .links import APPLICATIONS
from .permissions import DECIDE_APPLICATIONS, VIEW_APPLICATIONS


class ApplicationBulkAction(BulkAction):
    """Shows which applications will be decided and which were, and does it."""

    models = [LicenseApplication]
    template_name = "wagtail_licensing/admin/application_bulk_action.html"
    title: Any = ""
    button: Any = ""
    icon = ""
    is_serious = False

    def __init__(self, request: HttpRequest, model: Any) -> None:
        super().__init__(request, model)
        # Without a way back the own address would be it, which is no page without ids.
        if not get_valid_next_url_from_request(request):
            self.next_url = reverse(f"{APPLICATIONS}:index")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not decide."""
        if not request.user.has_perms([VIEW_APPLICATIONS, DECIDE_APPLICATIONS]):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def perform(application: LicenseApplication, at: Any, by: ChangedBy) -> None:
        """Decide about one application."""
        raise NotImplementedError

    @classmethod
    def get_queryset(cls, model: Any, object_ids: Any) -> list[LicenseApplication]:
        """Return the applications with these ids, the oldest first; 404 when there is none."""
        ids = [int(text) for text in map(str, object_ids) if text.isascii() and text.isdecimal()]
        found = LicenseApplication.objects.filter(pk__in=[pk for pk in ids if pk < 2**63])
        rows = list(found.select_related("product", "user", "license").order_by("pk"))
        if not rows:
            raise Http404
        return rows

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """Return the ids of all that wait: nothing else can be decided."""
        waiting = LicenseApplication.objects.filter(state=ApplicationState.WAITING)
        return waiting.values_list("pk", flat=True)

    @cached_property
    def _actionable(self) -> Any:
        return super().get_actionable_objects()

    def get_actionable_objects(self) -> Any:
        """Return the applications chosen, read once."""
        return self._actionable

    def object_context(self, obj: LicenseApplication) -> dict[str, Any]:
        """Return what the confirmation shows of one application."""
        return {"item": obj, "waits": obj.state == ApplicationState.WAITING}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sort the applications into those that wait and those that were decided."""
        context = super().get_context_data(**kwargs)
        waiting = [row["item"] for row in context["items"] if row["waits"]]
        context.update(
            waiting=waiting,
            decided=[row["item"] for row in context["items"] if not row["waits"]],
            explanation=self.explanation(waiting),
            title=self.title,
            button=self.button,
            is_serious=self.is_serious,
            header_icon="form",
        )
        return context

    def explanation(self, waiting: list[LicenseApplication]) -> str:
        """Say what will happen."""
        raise NotImplementedError

    def get_execution_context(self) -> dict[str, Any]:
        """Pass on who does it and why."""
        assert self.cleaned_form is not None  # noqa: S101 - set before the action runs
        reason = self.cleaned_form.cleaned_data.get("reason", "").strip()
        return {"by": ChangedBy(cause=Cause.STAFF, actor=self.request.user, reason=reason)}

    @classmethod
    def execute_action(cls, objects: Any, by: Any = None, **kwargs: Any) -> tuple[int, int]:
        """Decide about each; what was decided meanwhile is left alone and counted."""
        at = now()
        decided = left = 0
        for application in objects:
            if application.state != ApplicationState.WAITING:
                continue
            try:
                cls.perform(application, at, by)
                decided += 1
            except LicenseError:
                left += 1
        return decided, left

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> str | None:
        """Say how many were decided, and warn of those that somebody else had decided."""
        if num_child_objects:
            text = ngettext(
                "%(count)d application was decided by somebody else.",
                "%(count)d applications were decided by somebody else.",
                num_child_objects,
            )
            messages.warning(self.request, text % {"count": num_child_objects})
        return self.done_message(num_parent_objects)

    def done_message(self, count: int) -> str:
        """Say how many were decided."""
        raise NotImplementedError


class ApproveApplications(ApplicationBulkAction):
    """Approve the chosen applications."""

    display_name = gettext_lazy("Approve")
    action_type = "approve"
    aria_label = gettext_lazy("Approve selected applications")
    action_priority = 10
    title = gettext_lazy("Approve applications")
    button = gettext_lazy("Approve")
    icon = "check"
    form_class = forms.Form

    def explanation(self, waiting: list[LicenseApplication]) -> str:
        """Say whether a license begins at once or is paid first."""
        if any(is_to_pay(application.product) for application in waiting):
            return gettext("Each applicant gets a mail. Where the product has a price, they pay first.")
        return gettext("Each applicant gets a mail, and the license begins at once.")

    @staticmethod
    def perform(application: LicenseApplication, at: Any, by: ChangedBy) -> None:
        """Approve it."""
        approve_application(application_id=application.pk, at=at, by=by)

    def done_message(self, count: int) -> str:
        """Say how many were approved."""
        text = ngettext("%(count)d application approved.", "%(count)d applications approved.", count)
        return text % {"count": count}


class RefuseApplications(ApplicationBulkAction):
    """Refuse the chosen applications."""

    display_name = gettext_lazy("Refuse")
    action_type = "refuse"
    aria_label = gettext_lazy("Refuse selected applications")
    action_priority = 20
    classes = {"serious"}
    title = gettext_lazy("Refuse applications")
    button = gettext_lazy("Refuse")
    icon = "cross"
    is_serious = True
    form_class = RefusalForm

    def explanation(self, waiting: list[LicenseApplication]) -> str:
        """Say who reads the reason."""
        return gettext("The reason is sent to each applicant. They may apply again.")

    @staticmethod
    def perform(application: LicenseApplication, at: Any, by: ChangedBy) -> None:
        """Refuse it."""
        refuse_application(application_id=application.pk, at=at, by=by)

    def done_message(self, count: int) -> str:
        """Say how many were refused."""
        text = ngettext("%(count)d application refused.", "%(count)d applications refused.", count)
        return text % {"count": count}


BULK_APPLICATION_ACTIONS: list[type[ApplicationBulkAction]] = [ApproveApplications, RefuseApplications]


def bulk_url(action: type[ApplicationBulkAction]) -> str:
    """Return the address of the confirmation of ``action``; the ids follow in its query."""
    arguments = ["wagtail_licensing", "licenseapplication", action.action_type]
    return reverse("wagtail_bulk_action", args=arguments)


def application_bulk_buttons(user: Any) -> list[ListingButton]:
    """Return the buttons of the two decisions, for those who may decide."""
    if not user.has_perms([VIEW_APPLICATIONS, DECIDE_APPLICATIONS]):
        return []
    return [
        ListingButton(
            action.display_name,
            bulk_url(action),
            attrs={"aria-label": str(action.aria_label), "data-bulk-action-button": ""},
            classname=" ".join(action.classes | {"bulk-action-btn"}),
            priority=action.action_priority,
        )
        for action in BULK_APPLICATION_ACTIONS
    ]
