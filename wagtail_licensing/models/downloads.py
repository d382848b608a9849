"""What was downloaded, by whom, under which license."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents import get_document_model_string

from .gates import Gate
from .licenses import License


class Download(models.Model):
    """A file behind a gate that a person has begun to download.

    Requests that go on with it (parts, a second try, the same file again within
    ``WAGTAIL_LICENSING_DOWNLOAD_WINDOW``) belong to the same row. ``license`` is the one that it
    counts for, None where a grant or an editor's rights opened the file; ``month`` the first day of
    the calendar month in the time zone of the site; ``title`` and ``file`` are as they were.
    Whether every byte arrived is not known.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="licensing_downloads",
        verbose_name=_("member"),
    )
    document = models.ForeignKey(
        get_document_model_string(),
        on_delete=models.SET_NULL,
        null=True,
        related_name="licensing_downloads",
        verbose_name=_("document"),
    )
    title = models.CharField(_("title"), max_length=255)
    file = models.CharField(_("file"), max_length=255)
    license = models.ForeignKey(
        License,
        on_delete=models.SET_NULL,
        null=True,
        related_name="downloads",
        verbose_name=_("license"),
    )
    gate = models.ForeignKey(
        Gate, on_delete=models.SET_NULL, null=True, related_name="downloads", verbose_name=_("gate")
    )
    reason = models.CharField(_("opened by"), max_length=30)
    month = models.DateField(_("month"))
    begun_at = models.DateTimeField(_("begun"), db_index=True)

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-begun_at", "-pk"]
        indexes = [
            models.Index(fields=["license", "gate", "month"], name="wl_download_of_month"),
            models.Index(fields=["user", "document", "begun_at"], name="wl_download_goes_on"),
        ]

    def __str__(self) -> str:
        return self.title
