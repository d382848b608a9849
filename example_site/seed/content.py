"""The pages of the site, below a home page that replaces the one of a fresh Wagtail."""

from dataclasses import dataclass, field
from typing import Any

from wagtail.models import Collection, Page, Site

from ..models import (
    ArticleIndexPage,
    ArticlePage,
    CoursePage,
    DownloadsPage,
    HomePage,
    LessonPage,
)
from . import downloads, texts


@dataclass
class Pages:
    """What the gates of the seed stand before."""

    articles: dict[str, ArticlePage] = field(default_factory=dict)
    course: Any = None
    lessons: list[Any] = field(default_factory=list)
    shelf: Any = None
    collections: dict[str, Collection] = field(default_factory=dict)


def create() -> Pages:
    """Create every page and document; no gate yet."""
    home = create_home()
    pages = Pages()
    index = home.add_child(
        instance=ArticleIndexPage(
            title="Articles",
            slug="articles",
            introduction=texts.ARTICLES_INTRODUCTION,
            show_in_menus=True,
        )
    )
    for text in texts.ARTICLES:
        pages.articles[text.slug] = index.add_child(instance=ArticlePage(**fields_of(text)))
    pages.course = home.add_child(
        instance=CoursePage(
            title="Wagtail in a week",
            slug="wagtail-in-a-week",
            introduction=texts.COURSE_INTRODUCTION,
            body=texts.COURSE_BODY,
            search_description=texts.COURSE_INTRODUCTION,
            gives_certificate=True,
            show_in_menus=True,
        )
    )
    for text in texts.LESSONS:
        section = texts.SECTIONS.get(text.slug, "")
        lesson = LessonPage(section=section, **fields_of(text))
        pages.lessons.append(pages.course.add_child(instance=lesson))
    pages.shelf = home.add_child(
        instance=DownloadsPage(
            title="Downloads",
            slug="downloads",
            introduction=texts.DOWNLOADS_INTRODUCTION,
            show_in_menus=True,
        )
    )
    pages.collections = downloads.create()
    return pages


def fields_of(text: texts.Text) -> dict[str, Any]:
    """Return a text as the fields of a page."""
    return {
        "title": text.title,
        "slug": text.slug,
        "introduction": text.introduction,
        "search_description": text.introduction,
        "minutes": text.minutes,
        **({"body": text.html} if not text.above_line else {}),
    }


def create_home() -> HomePage:
    """Create the home page, hand the default site to it, and drop Wagtail's welcome page."""
    root = Page.get_first_root_node()
    home = root.add_child(
        instance=HomePage(
            title="The Long Tail", slug="the-long-tail", introduction=texts.HOME_INTRODUCTION
        )
    )
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    welcome = site.root_page if site.pk else None
    site.hostname, site.port, site.site_name, site.root_page = "localhost", 80, "The Long Tail", home
    site.save()
    if welcome is not None and welcome.depth == 2:
        Page.objects.get(pk=welcome.pk).delete()
    return HomePage.objects.get(pk=home.pk)
