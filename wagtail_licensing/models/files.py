"""A file in versions: mixins for page models of a site."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.documents import get_document_model_string
from wagtail.models import Orderable

from .pages import LicensedPageMixin


class FilePageMixin(LicensedPageMixin):
    """A page about a file that comes in versions.

    Its versions are a model of the site, made from :class:`AbstractFileVersion`, with a
    ``ParentalKey`` to the page and ``related_name="versions"``.
    """

    class Meta:
        abstract = True

    def get_versions(self) -> list[Any]:
        """Return the versions of the file, the newest first, each with its document. One query."""
        versions = self.versions  # type: ignore[attr-defined]
        return sorted(
            versions.select_related("document"),
            key=lambda version: (version.released_at, version.pk or 0),
            reverse=True,
        )


class AbstractFileVersion(models.Model):
    """One version of a file: a document of its own, so that older ones stay as they were.

    Who may download it is up to the gates of the document or its collection. What a rule keeps of
    ended licenses goes by when the document was uploaded.
    """

    number = models.CharField(_("version"), max_length=40, help_text=_("Such as 2.1."))
    released_at = models.DateTimeField(_("released"), default=timezone.now)
    document = models.ForeignKey(
        get_document_model_string(),
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("document"),
        help_text=_("A new document for each version, in a collection behind a gate."),
    )
    notes = models.TextField(_("what is new"), blank=True)

    objects: models.Manager[Any] = models.Manager()

    panels = [
        FieldPanel("number"),
        FieldPanel("released_at"),
        FieldPanel("document"),
        FieldPanel("notes"),
    ]

    class Meta:
        abstract = True
        ordering = ["-released_at", "-pk"]

    def __str__(self) -> str:
        return self.number


class AbstractLessonFile(Orderable):
    """A file to a lesson. A site adds the ``ParentalKey`` to the lesson, with ``related_name="files"``.

    Who may download it is up to the gates of the document or its collection, not of the lesson.
    """

    document = models.ForeignKey(
        get_document_model_string(),
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("document"),
        help_text=_("In a collection behind a gate, as the lesson is."),
    )

    panels = [FieldPanel("document")]

    class Meta(Orderable.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(self.document)
