"""Why somebody can or cannot read something: one person, one target, one instant."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateTimeInput

from ..access.explain import explain, explain_as_it_was
from ..gates.addresses import NothingThereError, target_at
from ..models import License
from .explain_words import Story, outcome_words, stories
from .forms import find_people
from .links import explain_url, license_url
from .permissions import CHANGE_GATES, VIEW_LICENSES
from .targets import may_ask_why, target_of, title_of, token_of
from .words import instant_words


class ExplainForm(forms.Form):
    """Whom to ask about, when, and what, unless the screen was opened for something."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=254,
        help_text=gettext_lazy("The e-mail address or the user name of an account."),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        help_text=gettext_lazy("Of a page, a document or a file on this site, for example /course/."),
    )
    at = forms.DateTimeField(
        label=gettext_lazy("As of"),
        required=False,
        widget=AdminDateTimeInput,
        help_text=gettext_lazy(
            "Leave empty for now. Of the past, licenses and seats are told as they were then."
        ),
    )

    def __init__(self, *args: Any, target: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        if target is not None:
            del self.fields["address"]

    def clean_person(self) -> Any:
        """Return the account, inactive ones too; say so where there is none or more than one."""
        text = self.cleaned_data["person"].strip()
        people = find_people(text)
        if not people:
            raise forms.ValidationError(
                gettext("Nobody has the user name or the e-mail address “%(text)s”."),
                params={"text": text},
                code="unknown",
            )
        if len(people) > 1:
            raise forms.ValidationError(
                gettext("Several accounts have this e-mail address; give the user name."),
                code="several",
            )
        return people[0]

    def clean_address(self) -> str:
        """Find what is served at the address."""
        address = str(self.cleaned_data["address"])
        try:
            self.target = target_at(address)
        except NothingThereError as error:
            raise forms.ValidationError(str(error), code="nothing") from None
        return address


class ExplainView(WagtailAdminTemplateMixin, FormView):
    """Asks for a person and shows the decision with everything that led to it.

    The person is sent in the body of a POST: mail addresses stay out of the logs of servers.
    """

    form_class = ExplainForm
    template_name = "wagtail_licensing/admin/explain.html"
    page_title = gettext_lazy("Explain access")
    header_icon = "help"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not set access or not see licenses."""
        if not request.user.has_perms([CHANGE_GATES, VIEW_LICENSES]):
            raise PermissionDenied
        token = request.GET.get("target", "")
        self.target = target_of(token) if token else None
        self._refuse_unless_allowed(self.target)
        return super().dispatch(request, *args, **kwargs)

    def _refuse_unless_allowed(self, target: Any) -> None:
        if target is not None and not may_ask_why(self.request.user, target):
            raise PermissionDenied

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer at once when both the target and the person are named in the address."""
        person = self._person_in_address()
        if person is not None and self.target is not None:
            return self._answer(self.get_form(), person, self.target, None)
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Explain; what the address turned out to be has to be allowed too."""
        self._refuse_unless_allowed(form.target)
        cleaned = form.cleaned_data
        return self._answer(form, cleaned["person"], form.target, cleaned["at"])

    def _answer(self, form: Any, person: Any, target: Any, at: Any) -> HttpResponse:
        told = explain(person, target) if at is None else explain_as_it_was(person, target, at)
        answer = {
            "person": person.get_username(),
            "what": title_of(target),
            "at": instant_words(told.at),
            "is_now": at is None,
            "allowed": told.decision.allowed,
            "outcome": outcome_words(told.decision),
            "stories": [self._linked(story) for story in stories(told)],
        }
        return self.render_to_response(self.get_context_data(form=form, answer=answer))

    def _linked(self, story: Story) -> dict[str, Any]:
        """Return a story with addresses in place of ids."""
        page_id = story.headline.page_id
        url = reverse("wagtailadmin_explore", args=[page_id]) if page_id else ""
        steps = [
            {
                "text": step.text,
                "passes": step.passes,
                "url": license_url(License(pk=step.license_id)) if step.license_id else "",
            }
            for step in story.steps
        ]
        return {"headline": story.headline, "url": url, "steps": steps}

    def _person_in_address(self) -> Any:
        key = self.request.GET.get("user", "")
        if not key:
            return None
        model = get_user_model()
        try:
            pk = model._meta.pk.to_python(key)
        except (ValueError, TypeError, forms.ValidationError):
            return get_object_or_404(model, pk=None)
        return get_object_or_404(model, pk=pk)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form the target that the screen was opened for."""
        return {**super().get_form_kwargs(), "target": self.target}

    def get_initial(self) -> dict[str, Any]:
        """Name the person whom the screen was opened for."""
        person = self._person_in_address()
        return {"person": person.get_username()} if person is not None else {}

    def get_page_subtitle(self) -> str:
        """Return the title of the target."""
        return title_of(self.target) if self.target is not None else ""

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the home of the admin."""
        here = {"url": "", "label": gettext("Explain access"), "sublabel": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, here]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add where the form goes."""
        token = token_of(self.target) if self.target is not None else ""
        return super().get_context_data(
            target_title=self.get_page_subtitle(), action_url=explain_url(token), **kwargs
        )
