"""What a site writes itself: lists, searches, feeds, fragments, views behind an area or a product."""

from django.contrib.syndication.views import Feed
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template import engines
from django.views import View
from jinja2 import Environment
from wagtail.images.views.serve import ServeView

from tests.conftest import CANARY
from tests.testapp.models import ArticlePage, CoursePage, StreamPage
from wagtail_licensing.access import only_accessible
from wagtail_licensing.compat import page_model
from wagtail_licensing.decorators import LicenseRequiredMixin, license_required
from wagtail_licensing.feeds import GatedFeedMixin
from wagtail_licensing.search import search_listable

from .world import AREA

_LOAD = (
    "{% load cache wagtail_cache wagtailcore_tags wagtail_licensing_tags wagtailuserbar"
    " wagtailsearchpromotions_tags %}"
)


def _rendered(request, source, **context):
    return HttpResponse(engines["django"].from_string(_LOAD + source).render(context, request))


def _by_jinja2(request, source, **context):
    extension = "wagtail_licensing.jinja2tags.licensing"
    template = Environment(extensions=[extension], autoescape=True).from_string(source)
    return HttpResponse(template.render(request=request, **context))


def listing(request):
    """Write out every page of the site, found as ``way`` says."""
    way, words = request.GET["way"], request.GET.get("words", "")
    if way == "unguarded":
        found = StreamPage.objects.search(words)
        return HttpResponse(f"{CANARY if len(found) else 'nothing'}")
    pages = only_accessible(page_model().objects.live(), request.user)
    if way == "search":
        pages = pages.search(words)
    elif way == "autocomplete":
        pages = pages.autocomplete(words)
    elif way == "count":
        return HttpResponse(f"{pages.filter(title__startswith='About the').count()} pages")
    elif way == "slice":
        pages = pages.order_by("title")[:50]
    lines = [f"{page.title} {page.specific.url} {getattr(page.specific, 'body', '')}" for page in pages]
    return HttpResponse("\n".join(lines))


def finder(request):
    """Search a list that shows locked pages: how many were found, and their titles."""
    found = search_listable(page_model().objects.live(), request, request.GET["words"])
    return HttpResponse("\n".join([f"{len(found)} found", *(page.title for page in found)]))


def menu(request):
    """Write out a menu that leaves out what is hidden."""
    pages = page_model().objects.live().in_menu()
    source = (
        "{% listable pages as menu %}{% for page in menu %}{{ page.title }} {{ page.url }}{% endfor %}"
    )
    return _rendered(request, source, pages=pages)


_CARDS = {
    "if_licensed": "{% if_licensed page=page %}{{ page.body }}{% else %}locked{% endif_licensed %}",
    "gate_state": "{% gate_state page as lock %}{% if lock.is_open %}{{ page.body }}{% endif %}",
    "accessible": "{% for one in pages|accessible:request %}{{ one.body }}{% endfor %}",
    "listable": "{% for one in pages|listable:request %}{{ one.title }}{% endfor %}",
}


def card(request, way, page_id):
    """Show an article in a card on another page."""
    page = get_object_or_404(ArticlePage, pk=page_id)
    if way == "jinja2":
        source = "{% if is_licensed(page=page) %}{{ page.body }}{% endif %}"
        return _by_jinja2(request, source, page=page)
    return _rendered(request, _CARDS[way], page=page, pages=[page])


def outline(request, page_id):
    """Show the lessons of a course on another page."""
    course = get_object_or_404(CoursePage, pk=page_id)
    return _rendered(request, "{% course_outline course %}", course=course)


_FRAGMENTS = {
    "cache": "{% cache 600 card %}CARD{% endcache %}",
    "wagtailcache": "{% wagtailcache 600 card %}CARD{% endwagtailcache %}",
    "wagtailpagecache": "{% wagtailpagecache 600 card %}CARD{% endwagtailpagecache %}",
}


def fragment(request, way, page_id):
    """Show an article in a card that a cache keeps."""
    page = get_object_or_404(ArticlePage, pk=page_id)
    return _rendered(request, _FRAGMENTS[way].replace("CARD", _CARDS["if_licensed"]), page=page)


def promoted(request):
    """Write out the promoted results of a search."""
    source = (
        "{% get_search_promotions 'animals' as picks %}"
        "{% for pick in picks %}{{ pick.page.title }} {{ pick.page.url }}{% endfor %}"
    )
    return _rendered(request, source)


def userbar(request, page_id):
    """Show the userbar of a page."""
    page = get_object_or_404(ArticlePage, pk=page_id)
    return _rendered(request, "{% wagtailuserbar %}", page=page)


class News(GatedFeedMixin, Feed):
    """A feed with the whole text of every article."""

    title, link, description = "News", "/", "All of them"

    def items(self):
        return ArticlePage.objects.live().order_by("path")

    def item_description(self, item):
        return item.body

    def item_link(self, item):
        return item.full_url


class NewsOfMembers(News):
    """Each member's own feed."""

    def get_feed_user(self, request):
        return request.user


# --- Parts: what names an area or a product ------------------------------------------------------

_BLOCKS = {
    "each": "{% for block in page.body %}{% include_block block %}{% endfor %}",
    "bare": "{{ page.body }}{% for block in page.body %}{{ block }}{{ block.value.text }}{% endfor %}",
}


def blocks(request, way, page_id):
    """Show the blocks of a page in a template of a site."""
    if way == "jinja2":
        source = "{% for block in visible_blocks(page.body) %}{{ block }}{% endfor %}"
        return _by_jinja2(request, source, page=get_object_or_404(StreamPage, pk=page_id))
    return _rendered(request, _BLOCKS[way], page=get_object_or_404(StreamPage, pk=page_id))


def report(request):
    """Say what is behind the area or the product."""
    return HttpResponse(CANARY)


class Report(LicenseRequiredMixin, View):
    """The same as a class."""

    def get(self, request):
        return report(request)


_TOOLS = {
    ("function", "area"): license_required(area=AREA, title="Reports")(report),
    ("function", "product"): license_required(products=["basic-plus", "pro"], title="Reports")(report),
    ("class", "area"): Report.as_view(license_area=AREA),
    ("class", "product"): Report.as_view(license_products=["pro"]),
}
_NAMED = {"area": f'area="{AREA}"', "product": '"pro"'}
_TAG = "{% if_licensed WHAT %}{{ canary }}{% endif_licensed %}"
_TAGS = {
    "tag": _TAG,
    "else": "{% if_licensed WHAT %}{{ canary }}{% else %}Buy it.{% endif_licensed %}",
    "fragment": "{% cache 600 tools %}" + _TAG + "{% endcache %}",
}


def tools(request, way, part):
    """Answer by one of the ways in which a site asks for an area or a product."""
    if way in _TAGS:
        return _rendered(request, _TAGS[way].replace("WHAT", _NAMED[part]), canary=CANARY)
    if way == "jinja2":
        source = "{% if is_licensed(WHAT) %}{{ canary }}{% endif %}".replace("WHAT", _NAMED[part])
        return _by_jinja2(request, source, canary=CANARY)
    return _TOOLS[way, part](request)


image = ServeView.as_view()
