"""The timeline of a license and that of a person: everything that is written about them, in pages."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ..models import License
from ..reports.timeline import Cursor, LineKind, Scope, lines_after, scope_of_license, scope_of_person
from .links import billing_health_url, license_url, licenses_url, person_url, timeline_url
from .permissions import (
    EXPORT_ACCOUNTS,
    OPERATE_BILLING,
    VIEW_BILLING_HEALTH,
    VIEW_DOWNLOADS,
    VIEW_GATES,
    VIEW_HISTORY,
    VIEW_LICENSES,
    VIEW_MAILS,
    VIEW_REVENUE,
    may_see_person,
)
from .timeline_words import KIND_WORDS, TimelineWords
from .words import holder_words

#: Lines on one page.
SIZE = 50

#: What a reader needs for each kind of lines, beside seeing licenses.
KIND_PERMISSIONS = {
    LineKind.LICENSE: VIEW_LICENSES,
    LineKind.SEAT: VIEW_LICENSES,
    LineKind.MAIL: VIEW_MAILS,
    LineKind.DOWNLOAD: VIEW_DOWNLOADS,
    LineKind.LEARNING: EXPORT_ACCOUNTS,
    LineKind.MONEY: VIEW_REVENUE,
    LineKind.STRIPE: VIEW_BILLING_HEALTH,
    LineKind.EXPORT: VIEW_HISTORY,
}


class TimelineView(WagtailAdminTemplateMixin, TemplateView):
    """One page of a timeline. Changes nothing, and writes nothing down about who looked."""

    template_name = "wagtail_licensing/admin/timeline.html"
    page_title = gettext_lazy("Timeline")
    header_icon = "history"
    names_licenses = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse whoever may not see licenses; find what it is about."""
        if not request.user.has_perm(VIEW_LICENSES):
            raise PermissionDenied
        self.setup_subject(**kwargs)
        return super().dispatch(request, *args, **kwargs)

    def setup_subject(self, **kwargs: Any) -> None:
        """Find the license or the person."""
        raise NotImplementedError

    def scope(self) -> Scope:
        """Return which rows belong to it."""
        raise NotImplementedError

    @cached_property
    def allowed(self) -> list[LineKind]:
        """Return the kinds of lines that this reader has the right to."""
        user = self.request.user
        return [kind for kind, permission in KIND_PERMISSIONS.items() if user.has_perm(permission)]

    @cached_property
    def chosen(self) -> list[LineKind]:
        """Return the kinds that are asked for; all that are allowed where none is."""
        asked = self.request.GET.getlist("kind")
        return [kind for kind in self.allowed if kind in asked] or self.allowed

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add one page of lines and what can be chosen. About twenty-five queries at most."""
        cursor = Cursor.read(self.request.GET.get("before", ""))
        lines, older = lines_after(self.scope(), kinds=self.chosen, cursor=cursor, size=SIZE)
        may_replay = self.request.user.has_perms([VIEW_BILLING_HEALTH, OPERATE_BILLING])
        words = TimelineWords.read(lines, names_licenses=self.names_licenses, may_replay=may_replay)
        return super().get_context_data(
            timeline=[words.entry(line) for line in lines],
            choices=[(kind.value, KIND_WORDS[kind], kind in self.chosen) for kind in self.allowed],
            hidden=[str(KIND_WORDS[kind]) for kind in LineKind if kind not in self.allowed],
            older_url=self._address(before=str(older)) if older else "",
            latest_url=self._address() if cursor is not None else "",
            here=self.request.get_full_path(),
            replay_url=billing_health_url(),
            **kwargs,
        )

    def _address(self, **query: str) -> str:
        kinds = [("kind", kind.value) for kind in self.chosen] if self.chosen != self.allowed else []
        asked = urlencode([*kinds, *query.items()])
        return f"{self.request.path}?{asked}" if asked else self.request.path


class LicenseTimelineView(TimelineView):
    """Everything about one license."""

    def setup_subject(self, **kwargs: Any) -> None:
        """Find the license."""
        licenses = License.objects.select_related("product", "user", "organization")
        self.license = get_object_or_404(licenses, pk=kwargs["pk"])

    def scope(self) -> Scope:
        """Return what belongs to the license."""
        return scope_of_license(self.license)

    def get_page_subtitle(self) -> str:
        """Return the reference."""
        return str(self.license)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the list to here."""
        return [
            *self.breadcrumbs_items,
            {"url": licenses_url(), "label": gettext("Licenses")},
            {"url": license_url(self.license), "label": str(self.license)},
            {"url": "", "label": gettext("Timeline"), "sublabel": str(self.license)},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whose license of what it is, and lead to the timeline of that person."""
        words = gettext("%(product)s, held by %(holder)s") % {
            "product": self.license.product,
            "holder": holder_words(self.license),
        }
        holder = self.license.user
        more = timeline_url(user=holder) if holder is not None else ""
        return super().get_context_data(about=words, about_url=more, is_license=True, **kwargs)


class PersonTimelineView(TimelineView):
    """Everything about one person: on all licenses, held now or once, and beside them."""

    names_licenses = True

    def setup_subject(self, **kwargs: Any) -> None:
        """Find the person. One of whom the reader may know nothing is not there."""
        self.person = get_object_or_404(get_user_model(), pk=kwargs["user_id"])
        if not may_see_person(self.request.user, self.person):
            raise Http404

    def scope(self) -> Scope:
        """Return what belongs to the person."""
        return scope_of_person(self.person)

    def get_page_subtitle(self) -> str:
        """Return whom it is about."""
        return str(self.person.get_username())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lead to what they held on a day, for those who may see gates too."""
        url = person_url("person_as_of", self.person) if self.request.user.has_perm(VIEW_GATES) else ""
        return super().get_context_data(as_of_url=url, **kwargs)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Return the way from the list to here."""
        name = self.get_page_subtitle()
        return [
            *self.breadcrumbs_items,
            {"url": licenses_url(holder=name), "label": gettext("Licenses")},
            {"url": "", "label": gettext("Timeline"), "sublabel": name},
        ]
