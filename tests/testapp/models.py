"""Pages of the test site."""

from django.db import models
from wagtail.api import APIField
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index

from wagtail_licensing.compat import page_model_name
from wagtail_licensing.models import CourseMixin, LessonMixin, LicensedPageMixin


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
