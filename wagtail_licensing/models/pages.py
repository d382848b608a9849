"""The mixin for page models that speak about their gate."""

from typing import Any

from django.db import models


class LicensedPageMixin(models.Model):
    """Marks a page model as one with a teaser.

    A gate works on any page, with or without this mixin. With it, a page names what of it may be
    shown to everybody: :meth:`get_teaser`, and what stands above a paywall line.
    """

    class Meta:
        abstract = True

    def get_teaser(self) -> str:
        """Return the text shown on the paywall; by default the search description."""
        return getattr(self, "search_description", "") or ""

    def get_teaser_blocks(self) -> list[Any]:
        """Return the parts of the page's streams above their paywall lines, for the paywall.

        They take the place of :meth:`get_teaser` there; empty when no stream has a line with
        something above it. Override it to show other blocks, and never any below a line.
        """
        return blocks_above_lines(self)

    def get_paywall_context(self, request: Any) -> dict[str, Any]:
        """Return extra template context for the paywall. Never put gated content into it."""
        return {}


def blocks_above_lines(page: Any) -> list[Any]:
    """Return what stands above the paywall line in each stream of ``page`` that has one."""
    found = []
    for field in page._meta.concrete_fields:
        above = getattr(getattr(field, "stream_block", None), "above_the_line", None)
        teaser = above(getattr(page, field.attname)) if above is not None else None
        if teaser is not None:
            found.append(teaser)
    return found
