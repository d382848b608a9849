"""What staff does to one license: suspend, resume, revoke, change its end. Each needs a reason."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ..conf import now
from ..domain.states import Cause, Hold, IllegalTransition, State
from ..licenses import (
    ChangedBy,
    LicenseError,
    lift_hold,
    place_hold,
    renew_license,
    revoke_license,
)
from ..models import License
from .forms import EndForm, ReasonForm, end_of_day
from .links import license_url, licenses_url
from .permissions import ISSUE_LICENSES, REVOKE_LICENSES, SUSPEND_LICENSES, VIEW_LICENSES
from .words import holder_words, instant_words


def cannot_suspend(license: License) -> str:
    """Return why staff cannot suspend ``license`` now, empty if they can. One query."""
    if license.state in {State.EXPIRED, State.REVOKED}:
        return gettext("It has ended.")
    if license.state == State.PENDING:
        return gettext("It has not begun yet.")
    if is_held_by_staff(license):
        return gettext("Staff has suspended it already.")
    return ""


def cannot_resume(license: License) -> str:
    """Return why staff cannot lift their hold on ``license`` now, empty if they can. One query."""
    return "" if is_held_by_staff(license) else gettext("Staff has not suspended it.")


def cannot_revoke(license: License) -> str:
    """Return why ``license`` cannot be revoked now, empty if it can."""
    return gettext("It is revoked already.") if license.state == State.REVOKED else ""


def cannot_extend(license: License) -> str:
    """Return why the end of ``license`` cannot be set by hand, empty if it can."""
    if license.state == State.REVOKED:
        return gettext("A revoked license is final; issue a new one.")
    if license.renews:
        return gettext("Its subscription sets its end.")
    if license.state == State.PENDING:
        return gettext("It has not begun yet.")
    return ""


def is_held_by_staff(license: License) -> bool:
    """Tell whether staff has suspended ``license``."""
    return any(hold.kind == Hold.ADMIN for hold in license.holds.all())


class LicenseActionView(WagtailAdminTemplateMixin, FormView):
    """A form that does one thing to one license and writes who did it and why."""

    template_name = "wagtail_licensing/admin/license_action.html"
    form_class: type[forms.Form] = ReasonForm
    permission = ""
    icon = "key"
    explanation: Any = ""
    button: Any = ""
    done: Any = ""
    is_serious = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not do this; send back from what cannot be done now."""
        if not request.user.has_perms([VIEW_LICENSES, self.permission]):
            raise PermissionDenied
        self.license = get_object_or_404(
            License.objects.select_related("product", "user", "organization"), pk=kwargs["pk"]
        )
        obstacle = self.obstacle(self.license)
        if obstacle:
            messages.warning(request, f"{self.license}: {obstacle}")
            return self.back()
        return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def obstacle(license: License) -> str:
        """Return why this cannot be done to ``license`` now, empty if it can."""
        raise NotImplementedError

    def perform(self, cleaned: dict[str, Any], at: datetime, by: ChangedBy) -> License:
        """Do it; raise LicenseError or IllegalTransition when it cannot be done."""
        raise NotImplementedError

    def back(self) -> HttpResponse:
        """Return to the page of the license."""
        return redirect(license_url(self.license))

    def form_valid(self, form: Any) -> HttpResponse:
        """Do it, or say in the form why not."""
        by = ChangedBy(
            cause=Cause.STAFF, actor=self.request.user, reason=form.cleaned_data["reason"].strip()
        )
        try:
            self.perform(form.cleaned_data, now(), by)
        except (LicenseError, IllegalTransition) as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, str(self.done) % {"license": self.license})
        return self.back()

    def get_header_icon(self) -> str:
        """Return the icon of the header."""
        return self.icon

    def get_page_subtitle(self) -> str:
        """Return which license this is about."""
        return str(self.license)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the list over the license to here."""
        return [
            *self.breadcrumbs_items,
            {"url": licenses_url(), "label": gettext("Licenses")},
            {"url": license_url(self.license), "label": str(self.license)},
            {"url": "", "label": self.get_page_title()},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the template shows of the license and of what will happen."""
        return super().get_context_data(
            license=self.license,
            holder=holder_words(self.license),
            back_url=license_url(self.license),
            explanation=self.explanation,
            button=self.button,
            is_serious=self.is_serious,
            pays=self.license.renews,
            **kwargs,
        )


class SuspendView(LicenseActionView):
    """Suspend a license until staff resumes it."""

    permission = SUSPEND_LICENSES
    page_title = gettext_lazy("Suspend")
    icon = "lock"
    explanation = gettext_lazy("Access ends at once and comes back when the license is resumed.")
    button = gettext_lazy("Suspend the license")
    done = gettext_lazy("License %(license)s is suspended.")
    obstacle = staticmethod(cannot_suspend)

    def perform(self, cleaned: dict[str, Any], at: datetime, by: ChangedBy) -> License:
        """Place the hold of staff."""
        return place_hold(license_id=self.license.pk, hold=Hold.ADMIN, at=at, by=by)


class ResumeView(LicenseActionView):
    """Lift the hold that staff placed."""

    permission = SUSPEND_LICENSES
    page_title = gettext_lazy("Resume")
    icon = "lock-open"
    explanation = gettext_lazy(
        "Access comes back at once, unless another hold stands or the license has ended meanwhile."
    )
    button = gettext_lazy("Resume the license")
    done = gettext_lazy("The hold of staff on license %(license)s is lifted.")
    obstacle = staticmethod(cannot_resume)

    def perform(self, cleaned: dict[str, Any], at: datetime, by: ChangedBy) -> License:
        """Lift the hold of staff."""
        return lift_hold(license_id=self.license.pk, hold=Hold.ADMIN, at=at, by=by)


class RevokeView(LicenseActionView):
    """Revoke a license for ever."""

    permission = REVOKE_LICENSES
    page_title = gettext_lazy("Revoke")
    icon = "bin"
    explanation = gettext_lazy(
        "Access ends at once. A revoked license never comes back; you could only issue a new one."
    )
    button = gettext_lazy("Revoke the license")
    done = gettext_lazy("License %(license)s is revoked.")
    is_serious = True
    obstacle = staticmethod(cannot_revoke)

    def perform(self, cleaned: dict[str, Any], at: datetime, by: ChangedBy) -> License:
        """Revoke it."""
        return revoke_license(license_id=self.license.pk, at=at, by=by)


class ExtendView(LicenseActionView):
    """Set the end of a license that no subscription renews."""

    permission = ISSUE_LICENSES
    form_class = EndForm
    page_title = gettext_lazy("Change the end")
    icon = "date"
    explanation = gettext_lazy("A license that has expired becomes active again.")
    button = gettext_lazy("Set the new end")
    done = gettext_lazy("License %(license)s has a new end.")
    obstacle = staticmethod(cannot_extend)

    def perform(self, cleaned: dict[str, Any], at: datetime, by: ChangedBy) -> License:
        """Renew to the end of the last day, or without end."""
        last_day = cleaned["last_day"]
        ends_at = end_of_day(last_day) if last_day else None
        return renew_license(license_id=self.license.pk, ends_at=ends_at, at=at, by=by)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the present end."""
        return super().get_context_data(present_end=instant_words(self.license.ends_at), **kwargs)


#: URL name -> view of everything that can be done to one license.
ACTION_VIEWS: dict[str, type[LicenseActionView]] = {
    "suspend": SuspendView,
    "resume": ResumeView,
    "extend": ExtendView,
    "revoke": RevokeView,
}
