"""Pages, blocks and a snippet that point at pages and files in every way that an API shows."""

from importlib.util import find_spec

from django.db import models
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from rest_framework.fields import CharField
from rest_framework.relations import StringRelatedField
from wagtail import VERSION
from wagtail.api import APIField
from wagtail.blocks import (
    CharBlock,
    ListBlock,
    PageChooserBlock,
    RichTextBlock,
    StreamBlock,
    StructBlock,
)
from wagtail.documents import get_document_model_string
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model_string
from wagtail.images.api.fields import ImageRenditionField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Orderable, Page
from wagtail.search import index
from wagtail.snippets.models import register_snippet

from tests.testapp.models import ArticlePage
from wagtail_licensing.compat import page_model_name
from wagtail_licensing.models import LicensedPageMixin


def to(model, **options):
    """Return a foreign key to ``model`` that may be empty."""
    options.setdefault("related_name", "+")
    return models.ForeignKey(model, null=True, blank=True, on_delete=models.SET_NULL, **options)


class WholePageBlock(PageChooserBlock):
    """A chooser that writes out what was chosen."""

    def get_api_representation(self, value, context=None):
        return None if value is None else {"title": value.title, "body": value.specific.body}


class CardMixin:
    """The answer of a card, from a class that is no block."""

    def get_api_representation(self, value, context=None):
        page, document = value["page"], value["document"]
        return {
            "heading": value["heading"],
            "page": page and page.specific.body,
            "document": document and document.file.name,
            "more": [more.specific.body for more in value["more"]],
            "stream": [child.value.specific.body for child in value["stream"]],
        }


class CardBlock(CardMixin, StructBlock):
    """A struct that writes out what was chosen in it."""

    heading = CharBlock()
    page = PageChooserBlock()
    document = DocumentChooserBlock()
    more = ListBlock(PageChooserBlock())
    stream = StreamBlock([("page", PageChooserBlock())])


class PairBlock(StructBlock):
    """A struct of two choosers, with Wagtail's answer."""

    page = PageChooserBlock()
    document = DocumentChooserBlock()


class HubPage(Page):
    """An open page that points at others in every way."""

    content = StreamField(
        [
            ("page", PageChooserBlock()),
            ("document", DocumentChooserBlock()),
            ("image", ImageChooserBlock()),
            ("text", RichTextBlock()),
            ("whole_page", WholePageBlock()),
            ("card", CardBlock()),
            ("pair", PairBlock()),
        ],
        blank=True,
    )
    related = to(page_model_name())
    article = to(ArticlePage)
    hub = to("self")
    document = to(get_document_model_string())
    image = to(get_image_model_string())
    topic = to("apisite.Topic")
    articles = ParentalManyToManyField(ArticlePage, blank=True, related_name="+")

    api_fields = [
        *("content", "related", "article", "document", "image", "topic", "articles", "links"),
        # The API v3 of Wagtail 8.1rc1 follows a key to the same model without end.
        *(["hub"] if VERSION < (8, 1) else []),
        APIField("article_body", serializer=CharField(source="article.body")),
        APIField("article_text", serializer=StringRelatedField(source="article")),
        APIField("thumbnail", serializer=ImageRenditionField("width-20", source="image")),
    ]


class HubLink(Orderable):
    """A link of a hub."""

    hub = ParentalKey(HubPage, on_delete=models.CASCADE, related_name="links")
    page = to(page_model_name())
    article = to(ArticlePage)
    document = to(get_document_model_string())

    api_fields = ["page", "article", "document"]


class TeaserPage(LicensedPageMixin, Page):
    """A page that declares what of it is public."""

    introduction = models.CharField(max_length=200, blank=True)
    rating = models.IntegerField(default=0)
    body = RichTextField(blank=True)
    notes = StreamField([("text", RichTextBlock())], blank=True)
    related = to(page_model_name())

    licensing_public_fields = ["title", "introduction"]

    api_fields = ["introduction", "rating", "body", "notes", "related"]
    search_fields = [*Page.search_fields, index.SearchField("body"), index.FilterField("rating")]
    template = "testapp/page.html"

    def get_teaser(self):
        return self.introduction


class SilentTeaserPage(TeaserPage):
    """A page type below one with public fields, which takes them back."""

    licensing_public_fields: list[str] = []
    template = "testapp/page.html"


@register_snippet
class Topic(models.Model):
    """A snippet that points at pages and files."""

    name = models.CharField(max_length=100)
    page = to(page_model_name())
    article = to(ArticlePage)
    document = to(get_document_model_string())

    api_fields = ["name", "page", "article", "document"]

    def __str__(self):
        return self.name


if find_spec("grapple"):
    from .graphql import describe

    describe()
