"""Takes back what one person has set on several pages at once, as the history of the pages tells it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import PageLogEntry

from ..conf import now
from ..gates.impact import impact_on_pages
from ..gates.write import GateError, gate_facts, restore_page_gate
from .access_screen import UNDO_FOR, own_gate_of
from .confirm import question_about
from .log_actions import PAGE_ACTION, product_names, rule_words
from .permissions import may_set_access

_SALT = "wagtail_licensing.bulk_undo"


@dataclass(frozen=True, slots=True)
class Step:
    """One page, what its rule goes back to, and both in words."""

    page: Any
    facts: dict[str, Any] | None
    before: str
    after: str


def undo_token(user: Any, batch: UUID) -> str:
    """Return what leads ``user``, for a day, to taking back what they changed in ``batch``."""
    return signing.dumps([str(user.pk), batch.hex], salt=_SALT)


class BulkUndoView(WagtailAdminTemplateMixin, TemplateView):
    """Shows what each page goes back to, and does it. Pages whose rule was changed since, or that the
    user may not set any more, are left alone."""

    template_name = "wagtail_licensing/admin/bulk_undo.html"
    page_title = gettext_lazy("Undo: set access")
    header_icon = "undo"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find what was changed. 404 for a link that is not ours, of somebody else, or too old."""
        try:
            user, batch = signing.loads(kwargs["token"], salt=_SALT, max_age=UNDO_FOR)
        except signing.BadSignature:
            raise Http404 from None
        if user != str(request.user.pk):
            raise Http404
        self.batch = UUID(hex=batch)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def steps(self) -> list[Step]:
        """Return the pages that can go back. A few queries for each."""
        steps = []
        entries = PageLogEntry.objects.filter(
            uuid=self.batch, action=PAGE_ACTION, user_id=self.request.user.pk
        )
        for entry in entries.select_related("page").order_by("pk"):
            page = entry.page and entry.page.specific_deferred
            if page is None or not may_set_access(self.request.user, page):
                continue
            now_, facts = gate_facts(own_gate_of(page)), entry.data["before"]
            if now_ != entry.data["after"] or now_ == facts:
                continue
            names = product_names(now_, facts)
            steps.append(Step(page, facts, rule_words(now_, names), rule_words(facts, names)))
        return steps

    def _restore(self, by: Any) -> Callable[[], None]:
        def restore() -> None:
            for step in self.steps:
                restore_page_gate(page=step.page, facts=step.facts, by=by)

        return restore

    @cached_property
    def question(self) -> dict[str, Any] | None:
        """Return what has to be confirmed: what it takes from whom. Raises ``GateError``."""
        pages = [step.page for step in self.steps]
        impact = impact_on_pages(pages, self._restore(None), at=now())
        return question_about(impact, self.request, f"undo {self.batch}")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take it back: all or none."""
        try:
            if self.question is not None:
                return self.render_to_response(self.get_context_data(**kwargs))
            with transaction.atomic():
                self._restore(request.user)()
        except GateError as error:
            messages.error(request, str(error))
            return redirect(self.back_url)
        number = len(self.steps)
        text = ngettext("%(count)d page is as it was.", "%(count)d pages are as they were.", number)
        messages.success(request, text % {"count": number})
        return redirect(self.back_url)

    @property
    def back_url(self) -> str:
        """Return where the pages were ticked, or the page explorer."""
        return get_valid_next_url_from_request(self.request) or reverse("wagtailadmin_explore_root")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return no trail: the screen is opened from a message."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what each page goes back to, and what that does."""
        try:
            question, problem = self.question, ""
        except GateError as error:
            question, problem = None, str(error)
        return super().get_context_data(
            steps=self.steps,
            confirm=question,
            problem=problem,
            nothing=gettext("Nothing is left to take back: the rules were changed since."),
            back_url=self.back_url,
            **kwargs,
        )
