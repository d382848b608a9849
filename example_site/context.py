"""What every page of the demo shows in its frame."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from wagtail.models import Site

from .clock import now, offset_seconds


def site_frame(request: HttpRequest) -> dict[str, Any]:
    """Return the menu, and the demo's clock for the banner. One query, in templates that show it."""
    site = Site.find_for_request(request)
    return {
        "menu": site.root_page.get_children().live().in_menu() if site else [],
        "is_demo": settings.DEBUG,
        "demo_now": now() if settings.DEBUG else None,
        "demo_moved": settings.DEBUG and abs(offset_seconds()) > 60,
    }
