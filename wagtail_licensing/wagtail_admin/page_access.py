"""Who can read this page: the answers to the side panel, to the dialog, and to the plain page that
does without JavaScript."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ..compat import page_model
from ..conf import now
from ..gates.impact import impact_on_page
from ..gates.write import GateError, gate_facts, restore_page_gate
from ..models import Gate
from .access_form import (
    SAME_AS_PARENT,
    AccessForm,
    PageAccessForm,
    initial_of,
    set_access,
)
from .access_screen import (
    access_context,
    confirmation_of,
    impact_words,
    is_confirmed,
    own_gate_of,
    panel_context,
    undo_url,
    undone,
)
from .links import page_access_url
from .log_actions import product_names, rule_words
from .page_state import state_of_page
from .permissions import may_set_access

_FOLDER = "wagtail_licensing/admin/"


class PageAccessView(WagtailAdminTemplateMixin, FormView):
    """Shows and sets who can read one page. What is set applies at once and is no part of the draft.

    What takes access from somebody or makes pages public is done when it comes back confirmed.
    """

    form_class = PageAccessForm
    template_name = _FOLDER + "page_access.html"
    page_title = gettext_lazy("Who can read this")
    header_icon = "lock"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not set access, or not edit the page."""
        self.page = get_object_or_404(page_model(), pk=kwargs["page_id"]).specific_deferred
        if not may_set_access(request.user, self.page):
            raise PermissionDenied
        by_script = request.headers.get("x-requested-with") == "XMLHttpRequest"
        self.is_panel = by_script and "x-licensing-panel" in request.headers
        self.is_dialog = by_script and not self.is_panel
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def own_gate(self) -> Gate | None:
        """Return the gate on the page itself."""
        return own_gate_of(self.page)

    @cached_property
    def undoes(self) -> tuple[bool, dict[str, Any] | None]:
        """Return whether the form shows what stood before a change, and that."""
        return undone(self.page, self.request.GET.get("undo", ""))

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form the gate that it shows, and ids that are its own."""
        place = "panel" if self.is_panel else "dialog" if self.is_dialog else "page"
        return {**super().get_form_kwargs(), "gate": self.own_gate, "auto_id": f"wl_{place}_%s"}

    def get_initial(self) -> dict[str, Any]:
        """Return what stands now, or what stood before a change that is undone."""
        is_undo, facts = self.undoes
        return initial_of(facts if is_undo else gate_facts(self.own_gate))

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it and say what changed, or ask first."""
        before = gate_facts(self.own_gate)
        try:
            change = self._change(form)
            if (question := self._question(form.cleaned_data, change)) is not None:
                return self.render_to_response(self.get_context_data(form=form, confirm=question))
            gate = change(by=self.request.user)
        except GateError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        return self._done(before, gate_facts(gate))

    def _change(self, form: Any) -> Callable[..., Gate | None]:
        """Return what sets it. An undo that is sent as it was shown brings back days and what is kept
        of each product, too, for which the form has one field only."""
        is_undo, facts = self.undoes
        if is_undo and not form.has_changed():
            return partial(restore_page_gate, page=self.page, facts=facts)
        return partial(set_access, self.page, form.cleaned_data)

    def _question(
        self, cleaned: dict[str, Any], change: Callable[..., Gate | None]
    ) -> dict[str, Any] | None:
        """Return what has to be confirmed first: its words, and what is sent with the answer."""
        impact = impact_on_page(self.page, partial(change, by=None), at=now())
        if not impact.is_harmful:
            return None
        token = confirmation_of(self.page, self.request.user, cleaned, impact)
        if is_confirmed(self.request.POST.get("confirmed", ""), token):
            return None
        return {"words": impact_words(impact), "token": token, "below": impact.below}

    def _done(self, before: Any, after: Any) -> HttpResponse:
        message = self._message(before, after)
        undo = undo_url(self.page, before) if before != after else ""
        if not (self.is_dialog or self.is_panel):
            buttons = [messages.button(undo, gettext("Undo"))] if undo else None
            messages.success(self.request, message, buttons=buttons)
            return redirect(self.back_url)
        state = state_of_page(self.page)
        done = {
            "step": "access_set",
            "message": message,
            "undo": {"url": undo, "label": gettext("Undo")} if undo else None,
            "label": state.label,
            "icon": state.icon,
            "badge": state.badge,
        }
        if not self.is_panel:
            return JsonResponse(done)
        context = panel_context(self.page, self.request.user, back_url=self.back_url)
        return JsonResponse({**done, "html": self._panel({**context, "done": done})})

    def _message(self, before: Any, after: Any) -> str:
        title = self.page.get_admin_display_title()
        if before == after:
            return gettext("Nothing changed: who can read “%(title)s” is as it was.") % {"title": title}
        return gettext("Who can read “%(title)s” now: %(rule)s.") % {
            "title": title,
            "rule": rule_words(after, product_names(after)),
        }

    @property
    def back_url(self) -> str:
        """Return where the screen was opened from, or the editor of the page."""
        return get_valid_next_url_from_request(self.request) or reverse(
            "wagtailadmin_pages:edit", args=[self.page.pk]
        )

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Render what the side panel or the dialog shows for our script, the page for everybody else."""
        if self.is_panel:
            return JsonResponse({"step": "access", "html": self._panel(context)})
        if not self.is_dialog:
            return super().render_to_response(context, **kwargs)
        dialog = _FOLDER + "page_access_dialog.html"
        return render_modal_workflow(self.request, dialog, None, context, {"step": "access"})

    def _panel(self, context: dict[str, Any]) -> str:
        context = {**context, "place": "panel"}
        return render_to_string(_FOLDER + "_access_form.html", context, request=self.request)

    def get_page_subtitle(self) -> str:
        """Return the title of the page."""
        return str(self.page.get_admin_display_title())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return no trail: the screen is opened from a page and leads back to it."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say who can read the page now, where that comes from, and for how many pages it counts."""
        form = kwargs.pop("form", None) or self.get_form()
        context = access_context(self.page, self.request.user, back_url=self.back_url, form=form)
        place = "dialog" if self.is_dialog else "page"
        if self.undoes[0]:  # so that what is sent is known to bring it back
            token = self.request.GET["undo"]
            context["action_url"] = page_access_url(self.page, self.back_url, undo=token)
        return super().get_context_data(**context, is_undo=self.undoes[0], place=place, **kwargs)


__all__ = ["SAME_AS_PARENT", "AccessForm", "PageAccessView", "set_access"]
