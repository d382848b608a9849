"""Pages of the test site."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.blocks import CharBlock, ListBlock, RichTextBlock, StreamBlock, StructBlock, TextBlock
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index
from wagtail.snippets.models import register_snippet

from wagtail_licensing.blocks import GatedBlock, PaywallLineBlock, PaywallStreamBlock, gated
from wagtail_licensing.compat import page_model_name
from wagtail_licensing.models import (
    AbstractFileVersion,
    CourseMixin,
    FilePageMixin,
    LessonMixin,
    LicensedPageMixin,
)


class PlainPage(Page):
    """A page that knows nothing of licensing."""

    body = RichTextField(blank=True)

    api_fields = [APIField("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    template = "testapp/page.html"


class ArticlePage(LicensedPageMixin, Page):
    """An article with an introduction that everybody may read."""

    introduction = models.TextField(blank=True)
    body = RichTextField(blank=True)
    related = models.ForeignKey(
        page_model_name(), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    api_fields = [APIField("introduction"), APIField("body"), APIField("related")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    template = "testapp/page.html"

    def get_teaser(self) -> str:
        return self.introduction


class RoutedPage(RoutablePageMixin, Page):
    """A page with sub-routes."""

    body = RichTextField(blank=True)
    template = "testapp/page.html"

    @path("")
    def index_route(self, request):
        return self.render(request)

    @path("part/")
    def part_route(self, request):
        return self.render(request, context_overrides={"part": True})


class CoursePage(CourseMixin, Page):
    """A course."""

    body = RichTextField(blank=True)
    template = "testapp/page.html"


class LessonPage(LessonMixin, Page):
    """A lesson of a course."""

    body = RichTextField(blank=True)
    template = "testapp/page.html"


class FilePage(FilePageMixin, Page):
    """A file in versions."""

    template = "testapp/file_page.html"


class FileVersion(AbstractFileVersion):
    """One of them."""

    page = ParentalKey(FilePage, on_delete=models.CASCADE, related_name="versions")

    class Meta(AbstractFileVersion.Meta):
        pass


class CalloutBlock(GatedBlock):
    """A gated block with children and a template of its own."""

    heading = CharBlock()
    text = TextBlock()

    class Meta:
        template = "testapp/callout.html"


class StreamPage(LicensedPageMixin, Page):
    """A page of blocks: some for license holders, some below a paywall line."""

    body = StreamField(
        PaywallStreamBlock(
            [
                ("text", TextBlock()),
                ("rich", RichTextBlock()),
                ("gated", GatedBlock([("heading", CharBlock()), ("text", TextBlock())])),
                ("callout", CalloutBlock()),
                ("group", gated(StreamBlock([("text", TextBlock())]))),
                ("list", ListBlock(GatedBlock([("text", TextBlock())]))),
                (
                    "card",
                    StructBlock(
                        [("inner", GatedBlock([("text", TextBlock())]))], template="testapp/card.html"
                    ),
                ),
                ("line", PaywallLineBlock()),
            ]
        ),
        blank=True,
    )

    api_fields = [APIField("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    content_panels = [*Page.content_panels, FieldPanel("body")]
    template = "testapp/stream_page.html"


@register_snippet
class Author(models.Model):
    """Who wrote a recipe: a snippet."""

    name = models.CharField(max_length=100)
    biography = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class RecipePage(LicensedPageMixin, Page):
    """A page that is made of inline children, and that names a snippet."""

    author = models.ForeignKey(
        Author, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    content_panels = [*Page.content_panels, FieldPanel("author")]
    template = "testapp/recipe_page.html"


class RecipeStep(Orderable):
    """One step of a recipe."""

    page = ParentalKey(RecipePage, on_delete=models.CASCADE, related_name="steps")
    text = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.text[:20]
