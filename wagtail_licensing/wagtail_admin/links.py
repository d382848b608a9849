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


def license_url(license: License) -> str:
    """Return the address of the page of one license."""
    return reverse(f"{LICENSES}:inspect", args=[license.pk])


def licenses_url(**filters: Any) -> str:
    """Return the address of the list of licenses, filtered."""
    query = urlencode(filters, doseq=True)
    return reverse(f"{LICENSES}:index") + (f"?{query}" if query else "")


def page_access_url(page: Any, next_url: str = "") -> str:
    """Return the address of the screen on who can read ``page``."""
    url = reverse(f"{ADMIN}:page_access", args=[page.pk])
    return f"{url}?{urlencode({'next': next_url})}" if next_url else url
