"""Issue a license by hand."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ..conf import now
from ..domain.states import Cause, State
from ..licenses import ChangedBy, LicenseError, issue_license
from ..models import License, LicenseProduct
from ..models.licenses import LicenseSource
from .forms import IssueForm, end_of_day
from .links import license_url, licenses_url
from .permissions import ISSUE_LICENSES, VIEW_LICENSES
from .words import instant_words


class IssueLicenseView(WagtailAdminTemplateMixin, FormView):
    """Gives a person a license that nobody pays for."""

    template_name = "wagtail_licensing/admin/license_issue.html"
    form_class = IssueForm
    page_title = gettext_lazy("Issue a license")
    header_icon = "plus"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not issue licenses."""
        if not request.user.has_perm(ISSUE_LICENSES):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        """Ask whether to issue one more only where there is one already."""
        form = super().get_form(form_class)
        if "again" not in self.request.POST and not getattr(self, "asks_again", False):
            form.fields.pop("again")
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        """Issue the license once, or say in the form why not."""
        cleaned = form.cleaned_data
        at = now()
        by = ChangedBy(cause=Cause.STAFF, actor=self.request.user, reason=cleaned["reason"].strip())
        try:
            with transaction.atomic():
                # Two clicks on the button wait for each other here, and the second one is asked.
                user = get_user_model().objects.select_for_update().get(pk=cleaned["person"].pk)
                present = self._present(user, cleaned["product"])
                if present is not None and not cleaned.get("again"):
                    return self._ask(present)
                last_day = cleaned["last_day"]
                license = issue_license(
                    product=cleaned["product"],
                    source=LicenseSource.BY_HAND,
                    user=user,
                    ends_at=end_of_day(last_day) if last_day else None,
                    at=at,
                    by=by,
                )
        except LicenseError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(
            self.request,
            gettext("%(person)s has a license for %(product)s: %(license)s, ends: %(end)s.")
            % {
                "person": user.get_username(),
                "product": license.product,
                "license": license,
                "end": instant_words(license.ends_at),
            },
        )
        return redirect(self._after(license))

    def _present(self, user: Any, product: LicenseProduct) -> License | None:
        ended = [State.EXPIRED, State.REVOKED]
        return License.objects.filter(user=user, product=product).exclude(state__in=ended).first()

    def _ask(self, present: License) -> HttpResponse:
        self.asks_again = True
        form = self.get_form()
        form.full_clean()
        form.add_error(
            "again",
            format_html(
                gettext('They have one already: <a href="{}">{}</a>. Tick this to issue one more.'),
                license_url(present),
                present,
            ),
        )
        return self.form_invalid(form)

    def _after(self, license: License) -> str:
        if self.request.user.has_perm(VIEW_LICENSES):
            return license_url(license)
        return self.request.path

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the list to here."""
        return [
            *self.breadcrumbs_items,
            {"url": licenses_url(), "label": gettext("Licenses")},
            {"url": "", "label": self.get_page_title()},
        ]
