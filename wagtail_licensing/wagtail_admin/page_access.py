"""Who can read this page: a dialog on every page, and a plain page of its own without JavaScript."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.modal_workflow import render_modal_workflow
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ..access import effective_gates
from ..compat import page_model
from ..conf import now
from ..gates.write import GateError, gate_facts, remove_page_gate, set_page_gate
from ..models import Gate, LicenseProduct
from ..models.gates import GateAudience, WithoutAccess
from .links import page_access_url
from .log_actions import product_names, rule_words
from .page_state import count_below, state_above_page, state_of_page
from .permissions import may_set_access

SAME_AS_PARENT = "inherit"


class AccessForm(forms.Form):
    """Who can read a page, and what the others see."""

    audience = forms.ChoiceField(
        label=gettext_lazy("Who can read this page"),
        choices=[
            (SAME_AS_PARENT, gettext_lazy("Same as parent")),
            (GateAudience.EVERYONE, gettext_lazy("Everyone (free preview)")),
            (GateAudience.MEMBERS, gettext_lazy("Any signed-in member")),
            (GateAudience.LICENSED, gettext_lazy("People with a license for…")),
        ],
        widget=forms.RadioSelect,
    )
    products = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Products"),
        queryset=LicenseProduct.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    after_days = forms.IntegerField(
        label=gettext_lazy("Days held before it opens"),
        required=False,
        min_value=0,
        max_value=36500,
        help_text=gettext_lazy("0 opens at once. Leave empty to keep the days of each product."),
    )
    without_access = forms.ChoiceField(
        label=gettext_lazy("Without access, show"),
        choices=WithoutAccess.choices,
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, gate: Gate | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = Q(pk__in=gate.rules.values("product_id")) if gate is not None else Q()
        offered = Q(is_archived=False)
        queryset = LicenseProduct.objects.filter(offered | chosen if chosen else offered)
        self.fields["products"].queryset = queryset  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Require a product for people with a license."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        licensed = cleaned.get("audience") == GateAudience.LICENSED
        if licensed and not cleaned.get("products") and "products" not in self.errors:
            self.add_error(
                "products", gettext("Choose at least one product, or nobody could open this.")
            )
        cleaned["without_access"] = cleaned.get("without_access") or WithoutAccess.TEASER
        return cleaned


class PageAccessView(WagtailAdminTemplateMixin, FormView):
    """Shows and sets who can read one page. What is set applies at once and is no part of the draft."""

    form_class = AccessForm
    template_name = "wagtail_licensing/admin/page_access.html"
    page_title = gettext_lazy("Who can read this")
    header_icon = "lock"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not set access, or not edit the page."""
        self.page = get_object_or_404(page_model(), pk=kwargs["page_id"]).specific_deferred
        if not may_set_access(request.user, self.page):
            raise PermissionDenied
        self.is_dialog = request.headers.get("x-requested-with") == "XMLHttpRequest"
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def own_gate(self) -> Gate | None:
        """Return the gate on the page itself."""
        return Gate.objects.filter(page_id=self.page.pk).first()

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the form the gate that it shows."""
        return {**super().get_form_kwargs(), "gate": self.own_gate}

    def get_initial(self) -> dict[str, Any]:
        """Return what stands now; without an own gate, what most people want next."""
        gate = self.own_gate
        if gate is None:
            return {
                "audience": SAME_AS_PARENT,
                "without_access": WithoutAccess.TEASER,
                "after_days": 0,
            }
        rules = list(gate.rules.all())
        days = {rule.after_days for rule in rules} or {0}
        return {
            "audience": gate.audience,
            "products": [rule.product_id for rule in rules],
            "after_days": days.pop() if len(days) == 1 else None,
            "without_access": gate.without_access,
        }

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it, and say what changed."""
        before = gate_facts(self.own_gate)
        try:
            gate = self._set(form.cleaned_data)
        except GateError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        message = self._message(before, gate_facts(gate))
        if self.is_dialog:
            state = state_of_page(self.page)
            done = {"step": "access_set", "message": message, "label": state.label, "icon": state.icon}
            return JsonResponse(done)
        messages.success(self.request, message)
        return redirect(self.back_url)

    def _set(self, cleaned: dict[str, Any]) -> Gate | None:
        user = self.request.user
        if cleaned["audience"] == SAME_AS_PARENT:
            remove_page_gate(page=self.page, by=user)
            return None
        return set_page_gate(
            page=self.page,
            audience=cleaned["audience"],
            products=cleaned["products"],
            without_access=cleaned["without_access"],
            after_days=cleaned["after_days"],
            by=user,
        )

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
        """Render the dialog for our script, the page for everybody else."""
        if not self.is_dialog:
            return super().render_to_response(context, **kwargs)
        dialog = "wagtail_licensing/admin/page_access_dialog.html"
        return render_modal_workflow(self.request, dialog, None, context, {"step": "access"})

    def get_page_subtitle(self) -> str:
        """Return the title of the page."""
        return str(self.page.get_admin_display_title())

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return no trail: the screen is opened from a page and leads back to it."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say who can read the page now, where that comes from, and for how many pages it counts."""
        at = now()
        state, above = state_of_page(self.page), state_above_page(self.page)
        return super().get_context_data(
            page_object=self.page,
            state=state,
            readers=state.readers(at),
            others=_others(state.gate),
            source=self._source(state),
            several=len(effective_gates(self.page)) > 1,
            above=above,
            below=count_below(self.page),
            action_url=page_access_url(self.page, self.back_url),
            back_url=self.back_url,
            **kwargs,
        )

    def _source(self, state: Any) -> dict[str, str] | None:
        """Name what the rule is inherited from, with a link for those who may follow it."""
        if state.gate is None or state.is_own:
            return None
        if not state.gate.page_id:
            return {"title": state.gate.target_label, "url": ""}
        ancestor = state.gate.page.specific_deferred
        editable = ancestor.permissions_for_user(self.request.user).can_edit()
        url = reverse("wagtailadmin_pages:edit", args=[ancestor.pk]) if editable else ""
        return {"title": ancestor.get_admin_display_title(), "url": url}


def _others(gate: Gate | None) -> str:
    """Return what people without access see, as the end of a sentence."""
    if gate is None:
        return ""
    return {
        WithoutAccess.TEASER: gettext("Everyone else sees the teaser."),
        WithoutAccess.LOGIN: gettext("Everyone else is sent to sign in, then sees the teaser."),
        WithoutAccess.NOT_FOUND: gettext("Everyone else sees “not found”."),
    }[WithoutAccess(gate.without_access)]
