"""The domains that teams have named: a list, and one action, to verify."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..conf import now
from ..models import OrganizationDomain
from ..teams import TeamError, verify_domain
from .exports import SafeExportMixin
from .kept_rows import KeptRowsViewSet
from .links import TEAM_DOMAINS
from .one_question import ConfirmView
from .permissions import ISSUE_LICENSES, team_domain_policy


class TeamDomainIndexView(SafeExportMixin, generic.IndexView):
    """Lists the domains of teams, those that wait to be verified first."""

    any_permission_required = ["view"]
    page_title = gettext_lazy("Domains of teams")
    default_ordering = "domain"
    list_export = ["domain", "organization.name", "verified_at", "is_open"]

    def get_base_queryset(self) -> QuerySet[OrganizationDomain]:
        """Return every domain with its organization and owner. One query."""
        return OrganizationDomain.objects.select_related("organization__owner")

    @cached_property
    def columns(self) -> list[Any]:
        """Return the columns; the domain leads on to verifying it, for those who may."""
        may_verify = self.request.user.has_perm(ISSUE_LICENSES)
        return [
            TitleColumn(
                "domain",
                label=gettext("Domain"),
                get_url=lambda row: (
                    reverse(f"{TEAM_DOMAINS}:verify", args=[row.pk])
                    if may_verify and row.verified_at is None
                    else None
                ),
                sort_key="domain",
            ),
            Column("organization", label=gettext("Organization")),
            Column("owner", label=gettext("Owner"), accessor=lambda row: row.organization.owner),
            StatusTagColumn(
                "verified",
                label=gettext("State"),
                accessor=lambda row: gettext("Verified") if row.verified_at else gettext("Waits"),
                primary=lambda row: row.verified_at is not None,
            ),
            Column(
                "is_open",
                label=gettext("People may join"),
                accessor=lambda row: gettext("yes") if row.is_open else gettext("no"),
            ),
        ]


class VerifyDomainView(ConfirmView):
    """Asks whether a domain is really that of its team, and verifies it."""

    permission_required = ISSUE_LICENSES
    page_title = gettext_lazy("Verify a domain")
    header_icon = "check"
    button = gettext_lazy("Verify")
    back = f"{TEAM_DOMAINS}:index"

    def question(self) -> str:
        """Say what it will mean."""
        row = self._domain()
        words = gettext(
            "Is %(domain)s the domain of %(team)s? Their owner can then let everybody with a verified "
            "address there join."
        )
        return words % {"domain": row.domain, "team": row.organization}

    def do(self) -> tuple[bool, str]:
        """Verify it; twice is once."""
        row = self._domain()
        try:
            verify_domain(domain_id=row.pk, at=now(), actor=self.request.user)
        except TeamError as error:
            return False, str(error)
        return True, gettext("%(domain)s is verified.") % {"domain": row.domain}

    def _domain(self) -> OrganizationDomain:
        rows = OrganizationDomain.objects.select_related("organization")
        row: OrganizationDomain = get_object_or_404(rows, pk=self.kwargs["pk"])
        return row


class TeamDomainViewSet(KeptRowsViewSet):
    """The domains of teams in the admin."""

    model = OrganizationDomain
    name = TEAM_DOMAINS
    url_prefix = "licensing/team-domains"
    icon = "group"
    menu_label = gettext_lazy("Domains of teams")
    menu_order = 800
    index_view_class = TeamDomainIndexView
    export_filename = "team-domains"

    if not WAGTAIL_HAS_POLICY_REGISTRY:
        permission_policy = team_domain_policy

    def get_urlpatterns(self) -> list[Any]:
        """Return the list, and the way to verify."""
        verify = path("<int:pk>/verify/", VerifyDomainView.as_view(), name="verify")
        return [*super().get_urlpatterns(), verify]
