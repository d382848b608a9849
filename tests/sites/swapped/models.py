"""Models in the place of Wagtail's own."""

from django.db import models
from wagtail.api import APIField
from wagtail.documents.models import AbstractDocument
from wagtail.documents.models import Document as WagtailDocument
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.images.models import Image as WagtailImage
from wagtail.test.basepage.models import BasePage

from wagtail_licensing.models import LicensedPageMixin


class CustomDocument(AbstractDocument):
    """A document of the site."""

    source = models.CharField(max_length=100, blank=True)

    admin_form_fields = (*WagtailDocument.admin_form_fields, "source")


class CustomImage(AbstractImage):
    """An image of the site."""

    caption = models.CharField(max_length=100, blank=True)

    admin_form_fields = (*WagtailImage.admin_form_fields, "caption")


class CustomRendition(AbstractRendition):
    """A rendition of such an image."""

    image = models.ForeignKey(CustomImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="swapped_rendition_once", fields=["image", "filter_spec", "focal_point_key"]
            )
        ]


class StoryPage(LicensedPageMixin, BasePage):
    """A page made from the page model of the site."""

    body = models.TextField(blank=True)

    api_fields = [APIField("body")]
