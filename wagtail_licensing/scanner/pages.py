"""Pages: gated ones in every manner of asking, and open ones that could show them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from wagtail.models import Site

from .canaries import Secret
from .crawl import Crawl, with_query

_METHODS = ("HEAD", "OPTIONS", "POST", "PUT")
_QUERIES = (
    "format=json",
    "format=txt",
    "preview=1",
    "mode=full",
    "in_preview_panel=true",
    "print=1",
    "amp=1",
    "page=2",
)
_HEADERS: tuple[dict[str, str], ...] = (
    {"HTTP_RANGE": "bytes=0-"},
    {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
    {"HTTP_ACCEPT": "application/json"},
    {"HTTP_IF_NONE_MATCH": "*"},
)
_WELL_KNOWN = (
    "robots.txt",
    "llms.txt",
    "llms-full.txt",
    "sitemap.xml",
    "feed/",
    "rss/",
    "rss.xml",
    "atom.xml",
    "feed.xml",
)


def scan_pages(crawl: Crawl, secrets: list[Secret], opens: list[Any]) -> None:
    """Ask for every gated page in every manner, then for ``opens``, open pages, and what lies beside
    them."""
    for secret in secrets:
        url = address_of(secret.instance)
        if url is None:
            crawl.report.add_unscanned(secret.label, "it has no address on any site")
            continue
        crawl.look("page", url)
        _look_at_variants(crawl, url)
        for path in _sub_routes(crawl, secret):
            crawl.look("sub-route", url.rstrip("/") + "/" + path)
    for page in opens:
        if url := address_of(page):
            crawl.look("open page", url)
    for root in _site_roots():
        for name in _WELL_KNOWN:
            crawl.look("view", f"{root}/{name}")
    for url in _redirects(secrets):
        crawl.look("redirect", url)


def address_of(page: Any) -> str | None:
    """Return the full address of a page, or None where it has none."""
    parts = page.get_url_parts()
    if not parts or parts[2] is None:
        return None
    _, root, path = parts
    return f"{root}{path}"


def _look_at_variants(crawl: Crawl, url: str) -> None:
    for persona in crawl.few():
        for method in _METHODS:
            crawl.look_as(persona, "page variant", url, method)
        for query in _QUERIES:
            crawl.look_as(persona, "page variant", with_query(url, query))
        for headers in _HEADERS:
            crawl.look_as(persona, "page variant", url, **headers)


def _sub_routes(crawl: Crawl, secret: Secret) -> Iterator[str]:
    """Return the paths of the sub-routes of a routable page that need no argument."""
    page = secret.instance
    if not hasattr(page, "get_subpage_urls"):
        return
    for pattern in page.get_subpage_urls():
        if getattr(pattern.pattern, "converters", None) or pattern.pattern.regex.groups:
            crawl.report.add_unscanned(
                f"sub-route {pattern.name} of {type(page).__name__}",
                "takes arguments that the scanner does not know; name its addresses with"
                " wagtail_licensing.testing.register_channel",
            )
            continue
        path = page.reverse_subpage(pattern.name)
        if path:
            yield path


def _site_roots() -> list[str]:
    return [site.root_url for site in Site.objects.all()]


def _redirects(secrets: list[Secret]) -> Iterator[str]:
    if not apps.is_installed("wagtail.contrib.redirects"):
        return
    from wagtail.contrib.redirects.models import Redirect

    pages = [secret.instance.pk for secret in secrets]
    for redirect in Redirect.objects.filter(redirect_page__in=pages).select_related("site")[:50]:
        root = redirect.site.root_url if redirect.site else (_site_roots() or [""])[0]
        yield root + urlsplit(redirect.old_path).path
