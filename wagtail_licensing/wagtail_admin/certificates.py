"""Certificates in the admin: a list, and one action, to revoke."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.log_actions import LogContext, log

from ..compat import WAGTAIL_HAS_POLICY_REGISTRY
from ..conf import now
from ..courses import CertificateRevoked, revoke_certificate
from ..models import Certificate
from .exports import SafeExportMixin
from .kept_rows import KeptRowsViewSet
from .license_search import person_fields
from .links import CERTIFICATES
from .log_actions import CERTIFICATE_REVOKED
from .permissions import REVOKE_CERTIFICATES, certificate_policy
from .words import day_words


class CertificateFilterSet(WagtailFilterSet):
    """Narrows the list to valid or to revoked ones."""

    revoked = django_filters.BooleanFilter(
        label=gettext_lazy("Revoked"), field_name="revoked_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = Certificate
        fields = ["revoked"]


class CertificateIndexView(SafeExportMixin, generic.IndexView):
    """Lists certificates, the newest first."""

    any_permission_required = ["view"]
    page_title = gettext_lazy("Certificates")
    default_ordering = "-pk"
    filterset_class = CertificateFilterSet
    is_searchable = True
    list_export = ["number", "name", "course_title", "issued_at", "revoked_at", "revoke_reason"]

    def get_base_queryset(self) -> QuerySet[Certificate]:
        """Return every certificate. One query."""
        return Certificate.objects.select_related("user")

    def search_queryset(self, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        """Narrow to numbers, courses and people; each word must be found somewhere."""
        for word in self.search_query.split() if self.is_searching else ():
            found = Q(number__icontains=word) | Q(name__icontains=word) | Q(course_title__icontains=word)
            for name in person_fields():
                found |= Q(**{f"user__{name}__icontains": word})
            queryset = queryset.filter(found)
        return queryset

    @cached_property
    def columns(self) -> list[Any]:
        """Return the columns; the name leads on to revoking for those who may."""
        may_revoke = self.request.user.has_perm(REVOKE_CERTIFICATES)
        return [
            TitleColumn(
                "name",
                label=gettext("Name"),
                get_url=lambda row: (
                    reverse(f"{CERTIFICATES}:revoke", args=[row.pk])
                    if may_revoke and row.is_valid
                    else reverse("wagtail_licensing:certificate", args=[row.number])
                ),
                sort_key="name",
            ),
            Column("course_title", label=gettext("Course"), sort_key="course_title"),
            Column("number", label=gettext("Number")),
            Column(
                "issued_at",
                label=gettext("Issued"),
                accessor=lambda row: day_words(row.issued_at),
                sort_key="issued_at",
            ),
            StatusTagColumn(
                "state",
                label=gettext("State"),
                accessor=lambda row: gettext("Valid") if row.is_valid else gettext("Revoked"),
                primary=lambda row: row.is_valid,
            ),
            Column(
                "revoke_reason", label=gettext("Reason"), accessor=lambda row: row.revoke_reason or "–"
            ),
        ]


class RevokeForm(forms.Form):
    """Why a certificate is revoked."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=255,
        help_text=gettext_lazy("Staff read it. The public page says only that it was revoked."),
    )


class RevokeCertificateView(WagtailAdminTemplateMixin, FormView):
    """Asks why, and revokes."""

    template_name = "wagtail_licensing/admin/certificate_revoke.html"
    page_title = gettext_lazy("Revoke a certificate")
    header_icon = "doc-full"
    form_class = RevokeForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse those who may not."""
        if not request.user.has_perm(REVOKE_CERTIFICATES):
            raise PermissionDenied
        self.certificate = get_object_or_404(Certificate, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the certificate and the way back."""
        words = {"certificate": self.certificate, "back_url": reverse(f"{CERTIFICATES}:index")}
        return {**super().get_context_data(**kwargs), **words}

    def form_valid(self, form: Any) -> HttpResponse:
        """Revoke, write it into the log, and go back to the list."""
        user, reason = self.request.user, form.cleaned_data["reason"]
        try:
            revoke_certificate(certificate_id=self.certificate.pk, by=user, reason=reason, at=now())
        except CertificateRevoked:
            messages.error(self.request, gettext("It was revoked before."))
        else:
            with LogContext(user=user):
                log(instance=self.certificate, action=CERTIFICATE_REVOKED, data={"reason": reason})
            text = gettext("The certificate %(number)s was revoked.")
            messages.success(self.request, text % {"number": self.certificate.number})
        return redirect(f"{CERTIFICATES}:index")


class CertificateViewSet(KeptRowsViewSet):
    """Certificates in the admin: a list, and nothing to edit."""

    model = Certificate
    name = CERTIFICATES
    url_prefix = "licensing/certificates"
    icon = "doc-full"
    menu_label = gettext_lazy("Certificates")
    menu_order = 700
    index_view_class = CertificateIndexView
    export_filename = "certificates"

    if not WAGTAIL_HAS_POLICY_REGISTRY:
        permission_policy = certificate_policy

    def get_urlpatterns(self) -> list[Any]:
        """Return the list, and the way to revoke."""
        revoke = path("<int:pk>/revoke/", RevokeCertificateView.as_view(), name="revoke")
        return [*super().get_urlpatterns(), revoke]
