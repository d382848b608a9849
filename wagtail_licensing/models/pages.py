"""The mixin for page models that speak about their gate."""

from typing import Any

from django.db import models


class LicensedPageMixin(models.Model):
    """Marks a page model as one with a teaser.

    A gate works on any page, with or without this mixin. With it, a page names what of it may be
    shown to everybody: :meth:`get_teaser`.
    """

    class Meta:
        abstract = True

    def get_teaser(self) -> str:
        """Return the text shown on the paywall; by default the search description."""
        return getattr(self, "search_description", "") or ""

    def get_paywall_context(self, request: Any) -> dict[str, Any]:
        """Return extra template context for the paywall. Never put gated content into it."""
        return {}
