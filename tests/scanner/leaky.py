"""A site with holes: each view shows what stands behind a gate, as sites have been seen to."""

from django.contrib.syndication.views import Feed
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.urls import path, re_path
from django.utils.html import escape
from jinja2 import Environment
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from tests.testapp.models import ArticlePage, Author, RecipeStep, StreamPage
from tests.urls import urlpatterns as of_the_test_site
from wagtail_licensing.access import has_access
from wagtail_licensing.decorators import license_required


def search(request):
    """Finds in everything, and prints what it found."""
    word = request.GET.get("q", "")
    found = ArticlePage.objects.live().filter(body__contains=word) if word else []
    return HttpResponse("".join(f"<li>{escape(word)}: {page.body}</li>" for page in found))


def finder(request):
    """Finds by hidden words, and prints titles only."""
    word = request.GET.get("query", "")
    found = ArticlePage.objects.live().search(word) if word else []
    items = "".join(f"<a href='{page.url}'>{page.title}</a>" for page in found)
    return HttpResponse(f"<form><input name='query'></form>{items}")


class Articles(Feed):
    """A feed with whole articles."""

    title, link, description = "Articles", "/", "All of them"

    def items(self):
        return ArticlePage.objects.live()

    def item_link(self, item):
        return item.url

    def item_description(self, item):
        return item.body


class ArticleViewSet(ViewSet):
    """An API that is none of Wagtail's."""

    def list(self, request):
        return Response([{"id": page.pk} for page in ArticlePage.objects.live()])

    def retrieve(self, request, pk):
        return Response({"body": ArticlePage.objects.get(pk=pk).body})


FRAGMENT = engines["django"].from_string(
    "{% load cache %}{% cache 600 teaser %}"
    "{% if request.user.is_authenticated %}{{ body }}{% endif %}{% endcache %}"
)


def fragment(request):
    """Keeps for everybody what it wrote for one."""
    from wagtail_licensing.access import only_accessible

    pages = only_accessible(ArticlePage.objects.live(), request.user)
    return HttpResponse(FRAGMENT.render({"body": "".join(page.body for page in pages)}, request))


def broken(request):
    """Fails."""
    raise RuntimeError("no")


def named(request, name):
    """Takes an argument that nobody can guess."""
    return JsonResponse({name: [page.body for page in ArticlePage.objects.live()]})


def lines(request):
    """Prints the streams of gated pages as they are stored."""
    pages = [page for page in StreamPage.objects.live() if not has_access(None, page)]
    return JsonResponse({page.pk: list(page.body.raw_data) for page in pages})


def blocks(request):
    """Prints the streams of open pages as they are stored."""
    pages = [page for page in StreamPage.objects.live() if has_access(None, page)]
    return JsonResponse({page.pk: list(page.body.raw_data) for page in pages})


def steps(request):
    """Lists the inline children of every page."""
    return HttpResponse("".join(f"<li>{step.text}</li>" for step in RecipeStep.objects.all()))


def authors(request):
    """Lists snippets."""
    return HttpResponse("".join(f"<li>{author.biography}</li>" for author in Author.objects.all()))


AREA = engines["django"].from_string(
    '{% load wagtail_licensing_tags %}{% if_licensed area="corner" %}In.{% endif_licensed %}'
)


def area(request):
    """Keeps by itself, for everybody, what an area opened to one."""
    html = cache.get("corner") or AREA.render({}, request)
    if request.user.is_authenticated:
        cache.set("corner", html)
    return HttpResponse(html)


JINJA2 = Environment(extensions=["wagtail_licensing.jinja2tags.licensing"], autoescape=True).from_string(
    '{% if is_licensed(area="corner") %}In.{% endif %}'
)


def jinja2(request):
    """The same by Jinja2."""
    html = cache.get("jinja2") or JINJA2.render(request=request)
    if request.user.is_authenticated:
        cache.set("jinja2", html)
    return HttpResponse(html)


SENTENCE = "What is said in the corner stays in the corner and nowhere else"


@license_required(area="corner")
def corner(request):
    """Is open to the people of the area."""
    return HttpResponse(f"<p>{SENTENCE}.</p>")


def printed(request):
    """Prints the same to everybody."""
    return HttpResponse(f"<pre>{SENTENCE}.</pre>")


SITE = list(of_the_test_site[:-1])
LAST = list(of_the_test_site[-1:])
HOLES = {
    "search": [path("find/", search, name="site_search")],
    "finder": [path("finder/", finder)],
    "feed": [path("articles.xml", Articles())],
    "api": [
        path("rest/articles/", ArticleViewSet.as_view({"get": "list"})),
        re_path(r"^rest/articles/(?P<pk>[^/.]+)/$", ArticleViewSet.as_view({"get": "retrieve"})),
    ],
    "fragment": [path("fragment/", fragment)],
    "broken": [path("broken/", broken)],
    "lines": [path("lines/", lines)],
    "blocks": [path("blocks/", blocks)],
    "steps": [path("steps/", steps)],
    "authors": [path("authors/", authors)],
    "area": [path("area/", area)],
    "jinja2": [path("jinja2/", jinja2)],
    "corner": [path("corner/", corner)],
    "printed": [path("printed/", printed)],
    "named": [path("named/<str:name>/", named)],
}


def with_holes(*names):
    """Return URL patterns of the test site with some holes in it."""
    return [*SITE, *(pattern for name in names for pattern in HOLES[name]), *LAST]
