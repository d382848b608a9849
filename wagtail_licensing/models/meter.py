"""What was read on the meter: the free pages of a month."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..compat import page_model_name
from .gates import Gate


class MeteredRead(models.Model):
    """A page that a person without a license has read behind a gate, in one month, free of charge.

    ``month`` is the first day of the calendar month in the time zone of the site.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="licensing_metered_reads"
    )
    gate = models.ForeignKey(Gate, on_delete=models.CASCADE, related_name="metered_reads")
    page = models.ForeignKey(
        page_model_name(), on_delete=models.CASCADE, related_name="licensing_metered_reads"
    )
    month = models.DateField(_("month"))
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("metered read")
        verbose_name_plural = _("metered reads")
        ordering = ["-read_at"]
        constraints = [
            models.UniqueConstraint(
                name="wl_metered_read_once", fields=["user", "gate", "month", "page"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {self.month:%Y-%m}"
