"""Addresses of our screens in the Wagtail admin."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from ..models import License

#: URL namespaces of the viewsets, and of the views that belong to none.
LICENSES = "wagtail_licensing_licenses"
PRODUCTS = "wagtail_licensing_products"
GATES = "wagtail_licensing_gates"
ADMIN = "wagtail_licensing_admin"
MAILS = "wagtail_licensing_mails"
APPLICATIONS = "wagtail_licensing_applications"
DOWNLOADS = "wagtail_licensing_downloads"
QUIZZES = "wagtail_licensing_quizzes"
CERTIFICATES = "wagtail_licensing_certificates"
IMPORTS = "wagtail_licensing_imports"
TEAM_DOMAINS = "wagtail_licensing_team_domains"
#: Wagtail names the addresses of a snippet after its model.
MAIL_TEXTS = "wagtailsnippets_wagtail_licensing_mailtext"


def license_url(license: License) -> str:
    """Return the address of the page of one license."""
    return reverse(f"{LICENSES}:inspect", args=[license.pk])


def timeline_url(*, license: License | None = None, user: Any = None) -> str:
    """Return the address of the timeline of a license, or of a person."""
    if license is not None:
        return reverse(f"{LICENSES}:timeline", args=[license.pk])
    return reverse(f"{ADMIN}:person_timeline", args=[user.pk])


def licenses_url(**filters: Any) -> str:
    """Return the address of the list of licenses, filtered."""
    query = urlencode(filters, doseq=True)
    return reverse(f"{LICENSES}:index") + (f"?{query}" if query else "")


def page_access_url(page: Any, next_url: str = "", **query: str) -> str:
    """Return the address of the screen on who can read ``page``."""
    url = reverse(f"{ADMIN}:page_access", args=[page.pk])
    wanted = {key: value for key, value in {"next": next_url, **query}.items() if value}
    return f"{url}?{urlencode(wanted)}" if wanted else url


def bulk_undo_url(token: str, next_url: str = "") -> str:
    """Return the address of the screen that takes back what was set on several pages."""
    url = reverse(f"{ADMIN}:bulk_undo", args=[token])
    return f"{url}?{urlencode({'next': next_url})}" if next_url else url


def lesson_order_url(course: Any) -> str:
    """Return the address of the screen on the order of the lessons of ``course``."""
    return reverse(f"{ADMIN}:lesson_order", args=[course.pk])


def import_url(import_id: int, view: str = "show") -> str:
    """Return the address of one import; ``view``: show, columns, errors."""
    return reverse(f"{IMPORTS}:{view}", args=[import_id])


def billing_health_url() -> str:
    """Return the address of the page on how billing is."""
    return reverse(f"{ADMIN}:billing_health")


def explain_url(target: str = "", **query: Any) -> str:
    """Return the address of the screen that says why somebody opens ``target`` ("page:12")."""
    wanted = {key: value for key, value in {"target": target, **query}.items() if value}
    url = reverse(f"{ADMIN}:explain")
    return f"{url}?{urlencode(wanted)}" if wanted else url


def person_url(name: str, user: Any) -> str:
    """Return the address of a screen on ``user``: ``export_person``, ``delete_person`` or
    ``person_as_of``."""
    return reverse(f"{ADMIN}:{name}", args=[user.pk])


def figures_url(name: str = "overview", **query: Any) -> str:
    """Return the address of the overview, or of the list behind one of its figures."""
    wanted = urlencode({key: value for key, value in query.items() if value not in (None, "")})
    url = reverse(f"{ADMIN}:{name}")
    return f"{url}?{wanted}" if wanted else url
