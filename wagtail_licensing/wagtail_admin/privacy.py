"""What staff does for a person who asks: hand out a copy of their data, delete their account."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import log

from ..conf import now
from ..models.privacy import DeletionBilling, DeletionState
from ..privacy.delete import DeletionRefused, request_deletion
from ..privacy.export import export_zip
from ..tasks import ring_deletion
from .forms import ReasonForm
from .log_actions import DELETE_ACCOUNT, EXPORT_ACCOUNT
from .permissions import DELETE_ACCOUNTS, EXPORT_ACCOUNTS


class DeletionForm(ReasonForm):
    """Why the account goes, and what becomes of what is paid for."""

    billing = forms.ChoiceField(
        label=gettext_lazy("What is paid for"),
        choices=DeletionBilling.choices,
        widget=forms.RadioSelect,
    )


class PersonView(WagtailAdminTemplateMixin, FormView):
    """Asks for a reason, and does one thing for one person."""

    permission = ""
    button: Any = ""
    sentence: Any = ""
    header_icon = "user"
    template_name = "wagtail_licensing/admin/person_privacy.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the person; refuse whoever may not, and rights beyond one's own."""
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        self.person = get_object_or_404(get_user_model(), pk=kwargs["user_id"])
        if getattr(self.person, "is_superuser", False) and not getattr(
            request.user, "is_superuser", False
        ):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Return whom it is about."""
        return str(self.person.get_username())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the words of the screen."""
        words = {"button": self.button, "sentence": self.sentence, "person": self.person}
        return {**super().get_context_data(**kwargs), **words}


class ExportPersonView(PersonView):
    """Hands out a copy of what is known about a person."""

    permission = EXPORT_ACCOUNTS
    form_class = ReasonForm
    page_title = gettext_lazy("Export data")
    button = gettext_lazy("Export")
    sentence = gettext_lazy(
        "A zip with everything that is known about the person. Make sure that it reaches nobody else."
    )

    def form_valid(self, form: Any) -> HttpResponse:
        """Write down who took it and why, and send it."""
        data = {"reason": form.cleaned_data["reason"]}
        log(instance=self.person, action=EXPORT_ACCOUNT, user=self.request.user, data=data)
        content = export_zip(user=self.person, at=now())
        response = HttpResponse(content, content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="person-{self.person.pk}.zip"'
        response["Cache-Control"] = "private, no-store"
        return response


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class DeletePersonView(PersonView):
    """Deletes the account of a person, and tells Stripe to charge nothing more."""

    permission = DELETE_ACCOUNTS
    form_class = DeletionForm
    page_title = gettext_lazy("Delete account")
    button = gettext_lazy("Delete the account")
    sentence = gettext_lazy(
        "Name, address and progress are erased for good; licenses are revoked and seats released. "
        "Payments and the history of licenses stay and name nobody. Nothing is refunded."
    )

    def form_valid(self, form: Any) -> HttpResponse:
        """Ask for the deletion and begin with it."""
        cleaned = form.cleaned_data
        try:
            deletion = request_deletion(
                user=self.person,
                billing=cleaned["billing"],
                at=now(),
                requested_by=self.request.user,
                reason=cleaned["reason"],
            )
        except DeletionRefused as refused:
            for reason in refused.reasons:
                form.add_error(None, reason)
            return self.form_invalid(form)
        log(
            instance=self.person,
            action=DELETE_ACCOUNT,
            user=self.request.user,
            data={"billing": cleaned["billing"]},
        )
        ring_deletion(deletion.pk)
        deletion.refresh_from_db()
        if deletion.state == DeletionState.DONE:
            messages.success(self.request, gettext("The account is deleted."))
        else:
            messages.success(
                self.request,
                gettext(
                    "Nothing more is charged; the account is deleted when all that is paid has ended."
                ),
            )
        return redirect("wagtailusers_users:index")
