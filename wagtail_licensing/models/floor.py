"""The floor under hidden gates: what keeps their pages closed where nobody asks us."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .gates import Gate


class FloorRestriction(models.Model):
    """One of Wagtail's own page view restrictions that belongs to a gate which hides its page.

    Code that knows nothing of gates, and a site on which this package is switched off, find the page
    private: the restriction is for a group that nobody is in.
    """

    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="floor_restrictions")
    restriction = models.OneToOneField(
        "wagtailcore.PageViewRestriction", on_delete=models.CASCADE, related_name="licensing_floor"
    )

    class Meta:
        verbose_name = _("floor restriction")
        verbose_name_plural = _("floor restrictions")

    def __str__(self) -> str:
        return f"{self.gate_id} → {self.restriction_id}"
