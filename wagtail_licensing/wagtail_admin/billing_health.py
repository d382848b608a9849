"""How billing is, in the admin: what our tables say at once, and Stripe only when a button asks it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from .. import tasks
from ..billing import account as accounts
from ..billing import health
from ..billing.inbox import reread
from ..conf import conf, now
from ..models import SyncTarget
from .links import billing_health_url
from .permissions import OPERATE_BILLING, VIEW_BILLING_HEALTH

#: Subscriptions that the page compares; the command compares all.
MOST = 1000


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class BillingHealthView(WagtailAdminTemplateMixin, TemplateView):
    """Shows findings as a list and as text. Its buttons need a permission of their own."""

    template_name = "wagtail_licensing/admin/billing_health.html"
    page_title = gettext_lazy("Billing health")
    header_icon = "cog"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not see it, or not act."""
        if not request.user.has_perm(VIEW_BILLING_HEALTH):
            raise PermissionDenied
        if request.method == "POST" and not request.user.has_perm(OPERATE_BILLING):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the button says: ask Stripe and show it, or change something and come back."""
        action = request.POST.get("action", "")
        if action == "probe":
            return self._show(health.probe_findings())
        if action == "compare":
            return self._show(health.drift_findings(at=now(), most=MOST))
        if action == "resume":
            self._resume()
        elif action == "replay":
            self._replay(request.POST.get("target", ""))
        return redirect(self._back())

    def _back(self) -> str:
        """Return the screen of ours that the button was pressed on, else this page."""
        back = self.request.POST.get("next", "")
        known = url_has_allowed_host_and_scheme(back, None) and back.startswith("/")
        return back if known else billing_health_url()

    def _show(self, asked: list[health.Finding]) -> HttpResponse:
        return self.render_to_response(self.get_context_data(asked=asked))

    def _resume(self) -> None:
        accounts.resume(account=conf.stripe_account, livemode=conf.stripe_livemode)
        waiting = SyncTarget.objects.filter(
            account=conf.stripe_account, livemode=conf.stripe_livemode, error__startswith="refused"
        )
        waiting.update(next_try=None)
        for target_id in waiting.values_list("pk", flat=True)[:1]:
            tasks.ring(target_id)
        messages.success(self.request, gettext("Stripe is asked again."))

    def _replay(self, which: str) -> None:
        """Have one object, or all that were given up, read again."""
        dead = SyncTarget.objects.filter(
            account=conf.stripe_account, livemode=conf.stripe_livemode, is_dead=True
        )
        if which != "all":
            dead = dead.filter(pk=int(which)) if which.isascii() and which.isdigit() else dead.none()
        rows = list(dead[:MOST])
        for row in rows:
            tasks.ring(reread(kind=row.kind, object_id=row.object_id, account=row.account, at=now()))
        if rows:
            messages.success(self.request, gettext("Read again; what failed once more is listed below."))
        else:
            messages.warning(self.request, gettext("There is nothing to read again."))

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the home of the admin."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the findings, those that Stripe was asked for last."""
        asked = kwargs.pop("asked", [])
        findings = [*health.local_findings(at=now()), *asked]
        line = accounts.state_of()
        return super().get_context_data(
            findings=findings,
            text=health.as_text(findings),
            worst=health.worst_of(findings),
            dead=health.dead_targets(),
            may_operate=self.request.user.has_perm(OPERATE_BILLING),
            is_stopped=line is not None and line.refused_at is not None,
            **kwargs,
        )


class BillingHealthMenuItem(MenuItem):
    """The entry in the Licensing menu, for those who may see the page."""

    def __init__(self) -> None:
        super().__init__(
            gettext_lazy("Billing health"), billing_health_url(), icon_name="cog", order=900
        )

    def is_shown(self, request: HttpRequest) -> bool:
        """Tell whether ``request`` comes from somebody who may."""
        return bool(request.user.has_perm(VIEW_BILLING_HEALTH))
