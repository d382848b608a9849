"""Pages of the demo: a small publishing business about Wagtail. And what the tour remembers."""

from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.api import APIField
from wagtail.blocks import RichTextBlock
from wagtail.documents import get_document_model
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from wagtail_licensing.access import has_access, only_accessible
from wagtail_licensing.blocks import GatedBlock, PaywallLineBlock, PaywallStreamBlock
from wagtail_licensing.models import (
    AbstractFileVersion,
    AbstractLessonFile,
    CourseMixin,
    FilePageMixin,
    LessonMixin,
    LessonProgress,
    LicensedPageMixin,
)


def mark_open(pages: Any, user: Any) -> list[Any]:
    """Return ``pages`` as a list, each with ``is_open``: may ``user`` read it? Two queries."""
    open_ids = set(only_accessible(pages, user).values_list("pk", flat=True))
    found = list(pages)
    for page in found:
        page.is_open = page.pk in open_ids
    return found


class HomePage(Page):
    """The first screen: a tour of what the package does."""

    introduction = models.TextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    max_count = 1
    template = "example_site/home_page.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from .tour import tour_of

        return {**super().get_context(request, *args, **kwargs), "tour": tour_of(self)}


class ArticleIndexPage(Page):
    """All articles: those that are open to the visitor to read, the others with a lock."""

    introduction = models.TextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    subpage_types = ["example_site.ArticlePage"]
    template = "example_site/article_index_page.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        articles = ArticlePage.objects.child_of(self).live().order_by("path")
        return {
            **super().get_context(request, *args, **kwargs),
            "articles": mark_open(articles, request.user),
        }


class PartsBlock(PaywallStreamBlock):
    """An article in parts: what is above the line is for everybody, some parts for few."""

    text = RichTextBlock()
    line = PaywallLineBlock()
    gated = GatedBlock([("text", RichTextBlock())])


class ArticlePage(LicensedPageMixin, Page):
    """An article. The introduction is for everybody, the body for those who may read it.

    A body of parts says itself, with a paywall line, how much of it is for everybody.
    """

    introduction = models.TextField(_("introduction"), help_text=_("Everybody sees it."))
    minutes = models.PositiveSmallIntegerField(_("minutes to read"), default=5)
    body = RichTextField(_("body"), blank=True)
    parts = StreamField(PartsBlock(), blank=True, verbose_name=_("parts"))

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("minutes"),
        FieldPanel("body"),
        FieldPanel("parts"),
    ]
    api_fields = [APIField("introduction"), APIField("body"), APIField("parts")]
    # The API lists locked articles with these.
    licensing_public_fields = ["title", "introduction"]
    search_fields = [
        *Page.search_fields,
        index.SearchField("introduction"),
        index.SearchField("body"),
        index.SearchField("parts"),
    ]
    parent_page_types = ["example_site.ArticleIndexPage"]
    subpage_types: list[str] = []
    template = "example_site/article_page.html"

    def get_teaser(self) -> str:
        return self.introduction


class CoursePage(CourseMixin, Page):
    """A course: an overview and the lessons below it."""

    introduction = models.TextField(_("introduction"), help_text=_("Everybody sees it."))
    body = RichTextField(_("what you get"), blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
        FieldPanel("gives_certificate"),
    ]
    api_fields = [APIField("introduction"), APIField("body")]
    search_fields = [*Page.search_fields, index.SearchField("introduction")]
    subpage_types = ["example_site.LessonPage"]
    template = "example_site/course_page.html"

    def get_teaser(self) -> str:
        return self.introduction


class LessonPage(LessonMixin, Page):
    """A lesson of a course."""

    introduction = models.TextField(_("introduction"), help_text=_("Everybody sees it."))
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=20)
    body = RichTextField(_("body"))

    content_panels = [
        *Page.content_panels,
        FieldPanel("section"),
        FieldPanel("introduction"),
        FieldPanel("minutes"),
        FieldPanel("body"),
        InlinePanel("files", heading=_("Files"), label=_("File")),
    ]
    api_fields = [APIField("introduction"), APIField("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    parent_page_types = ["example_site.CoursePage"]
    subpage_types: list[str] = []
    template = "example_site/lesson_page.html"

    def get_teaser(self) -> str:
        return self.introduction

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        lessons = LessonPage.objects.sibling_of(self).live().order_by("path")
        return {
            **super().get_context(request, *args, **kwargs),
            "course": self.get_parent(),
            "number": lessons.filter(path__lte=self.path).count(),
            "total": lessons.count(),
            "is_done": bool(completed_lessons(request.user, [self])),
            "previous": lessons.filter(path__lt=self.path).last(),
            "following": lessons.filter(path__gt=self.path).first(),
        }


class LessonFile(AbstractLessonFile):
    """A file of a lesson."""

    lesson = ParentalKey(LessonPage, on_delete=models.CASCADE, related_name="files")


class FilePage(FilePageMixin, Page):
    """A file in versions, with what is new in each."""

    introduction = models.TextField(_("introduction"), help_text=_("Everybody sees it."))

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        InlinePanel("versions", heading=_("Versions"), label=_("Version")),
    ]
    parent_page_types = ["example_site.DownloadsPage"]
    subpage_types: list[str] = []
    template = "example_site/file_page.html"

    def get_teaser(self) -> str:
        return self.introduction


class FileVersion(AbstractFileVersion):
    """A version of a file."""

    page = ParentalKey(FilePage, on_delete=models.CASCADE, related_name="versions")


class DownloadsPage(Page):
    """The documents of the shop, with a lock on those that the visitor may not open."""

    introduction = models.TextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("introduction")]
    max_count = 1
    subpage_types = ["example_site.FilePage"]
    template = "example_site/downloads_page.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        versions = FileVersion.objects.values("document_id")
        documents = get_document_model().objects.exclude(pk__in=versions)
        documents = list(documents.select_related("collection").order_by("collection__path", "pk"))
        for document in documents:
            document.is_open = has_access(request.user, document)
        return {
            **super().get_context(request, *args, **kwargs),
            "documents": documents,
            "files": FilePage.objects.child_of(self).live().order_by("path"),
        }


class TourNote(models.Model):
    """Something that a visitor did and that no other table tells: met a paywall, opened a file."""

    key = models.SlugField(max_length=60, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


def completed_lessons(user: Any, lessons: list[Any]) -> set[int]:
    """Return the ids of the ``lessons`` that ``user`` completed. One query, none for a stranger."""
    if not user.is_authenticated:
        return set()
    done = LessonProgress.objects.filter(user=user, lesson__in=[each.pk for each in lessons])
    return set(done.filter(completed_at__isnull=False).values_list("lesson_id", flat=True))
