"""Everything else in the URLconf: views, feeds, sitemaps, searches, APIs, the admin."""

import json
from collections.abc import Iterator
from typing import Any

from django.contrib.syndication.views import Feed
from django.db.models import ForeignKey
from wagtail.models import PageViewRestriction, Site

from ..compat import page_model
from .canaries import Secret
from .crawl import Crawl, with_query
from .routes import Route, routes
from .words import is_search_form, look_for_words

#: Ways to pages and files that are walked with their own addresses.
_WALKED = ("wagtail_serve", "wagtaildocs_serve", "wagtailimages_serve", "file", "signed_file")
#: Of the package: they lead to Stripe, and no gated content comes from them.
_TO_STRIPE = ("billing_portal", "buy", "checkout_return", "stripe_webhook", "complete_lesson")
_FEW_PAGES = 10


def scan_views(crawl: Crawl, pages: list[Secret], *, admin: bool = True) -> None:
    """Ask for every address of the URLconf whose arguments are known; name the others."""
    known = routes()
    closed_off = _admin_prefixes(known)
    left_out = dict.fromkeys(closed_off, 0)
    for route in known:
        prefix = next((prefix for prefix in closed_off if route.template.startswith(prefix)), None)
        if prefix is not None:
            left_out[prefix] += not (admin and _scan_admin(crawl, route, pages))
        elif not _is_walked_elsewhere(route):
            _scan_route(crawl, route, pages)
    for prefix, number in left_out.items():
        if number:
            crawl.report.add_unscanned(
                f"admin at {prefix}",
                f"{number} addresses were left out"
                f"{', which take arguments that the scanner does not know' if admin else ''};"
                " Wagtail's and Django's own permissions stand before them",
            )


def channel_of(route: Route) -> str:
    """Return the channel that the view of ``route`` belongs to."""
    view_class = route.view_class
    names = f"{route.name} {route.template} {getattr(route.view, '__name__', '')}".lower()
    if isinstance(route.view, Feed):
        return "feed"
    if _is_api_v2(route):
        return "API v2"
    if route.module.startswith("ninja"):
        return "API v3" if any("v3" in name for name in route.namespaces) else "API"
    if view_class is not None and "graphql" in view_class.__name__.lower():
        return "GraphQL"
    if hasattr(route.view, "cls"):
        return "API"
    if "sitemap" in names:
        return "sitemap"
    return "search" if "search" in names else "view"


def _scan_route(crawl: Crawl, route: Route, pages: list[Secret]) -> None:
    channel = channel_of(route)
    if channel == "GraphQL":
        return _scan_graphql(crawl, route, pages)
    paths = list(_paths(route, pages))
    if not paths:
        crawl.report.add_unscanned(
            route.shown,
            "takes arguments that the scanner does not know, or is hidden by another address; name its"
            " addresses with wagtail_licensing.testing.register_channel",
        )
    for path in paths:
        _scan_path(crawl, channel, path, route, pages)


def _scan_path(crawl: Crawl, channel: str, path: str, route: Route, pages: list[Secret]) -> None:
    crawl.look(channel, path)
    if channel.startswith("API"):
        for query in _api_queries(route, channel, pages):
            for persona in crawl.few():
                crawl.look_as(persona, channel, with_query(path, query))
        if not route.arguments:
            look_for_words(crawl, channel, path, ("search",))
        return
    if channel == "search" or (not route.arguments and _has_search_form(crawl, path)):
        look_for_words(crawl, "search", path)


def _has_search_form(crawl: Crawl, path: str) -> bool:
    answer = crawl.browser.ask(crawl.outsiders[0], path)
    return answer.status == 200 and is_search_form(answer.body)


def _paths(route: Route, pages: list[Secret]) -> Iterator[str]:
    """Return the addresses of a route: one without arguments, else one for each of some pages."""
    if not route.arguments:
        path = route.fill({})
        if path is not None:
            yield path
        return
    seen = set()
    for secret in pages[:_FEW_PAGES]:
        path = route.fill(_arguments(secret.instance))
        if path is not None and path not in seen:
            seen.add(path)
            yield path


def _arguments(page: Any) -> dict[str, Any]:
    """Return what arguments of addresses could mean for ``page``, by the names they usually have."""
    restriction = PageViewRestriction.objects.values_list("pk", flat=True).first() or 1
    site = Site.objects.filter(is_default_site=True).values_list("pk", flat=True).first() or 1
    model = page._meta
    return {
        **dict.fromkeys(("pk", "id", "page_id", "page_pk", "object_id", "page"), page.pk),
        **dict.fromkeys(("app_label", "content_type_app_name", "app_name"), model.app_label),
        **dict.fromkeys(("model_name", "content_type_model_name"), model.model_name),
        **dict.fromkeys(("locale", "language", "language_code"), page.locale.language_code),
        **dict.fromkeys(("site_id", "site_pk"), site),
        "slug": page.slug,
        "page_slug": page.slug,
        "format": "json",
        "page_view_restriction_id": restriction,
        "restriction_id": restriction,
        "revision_id": page.latest_revision_id or 1,
    }


def _scan_admin(crawl: Crawl, route: Route, pages: list[Secret]) -> bool:
    """Ask for an address of the admin as people who are no editors; tell whether it could be asked."""
    paths = list(_paths(route, pages[:1]))
    for path in paths:
        # Who is signed in gets further than a stranger.
        for persona in list(crawl.few())[-1:]:
            crawl.look_as(persona, "admin", path)
    return bool(paths)


def _admin_prefixes(known: list[Route]) -> list[str]:
    homes = [route.template for route in known if route.name == "wagtailadmin_home"]
    homes += [
        route.template for route in known if route.name == "index" and "admin" in route.namespaces[:1]
    ]
    return [home for home in dict.fromkeys(homes) if home != "/"]


def _is_walked_elsewhere(route: Route) -> bool:
    if route.name in _WALKED or route.module == "django.views.static":
        return True
    return route.module.startswith("wagtail_licensing.") and (
        route.name in _TO_STRIPE or "stripe" in route.template
    )


# --- APIs ---------------------------------------------------------------------------------------


def _is_api_v2(route: Route) -> bool:
    return any(
        base.__module__ == "wagtail.api.v2.views" for base in getattr(route.view_class, "__mro__", ())
    )


def _api_queries(route: Route, channel: str, pages: list[Secret]) -> Iterator[str]:
    """Return the queries that bring most out of an API: all fields, also those of related objects."""
    models = list(dict.fromkeys(type(secret.instance) for secret in pages))
    if channel == "API v2" and "find" in route.name:
        for secret in pages[:_FEW_PAGES]:
            yield f"html_path={secret.instance.get_url_parts()[2]}" if secret.instance.url else ""
        return
    if channel != "API":
        yield "fields=*"
    about_pages = issubclass(getattr(route.view_class, "model", None) or page_model(), page_model())
    for model in models:
        if not (about_pages and channel in ("API v2", "API v3")) or route.arguments:
            continue
        nested = "".join(f",{name}(*)" for name in _relations(model))
        yield f"type={model._meta.label}&fields=*{nested}"


def _relations(model: type[Any]) -> Iterator[str]:
    names = {getattr(name, "name", name) for name in getattr(model, "api_fields", ())}
    for related in model._meta.get_fields():
        if isinstance(related, ForeignKey) and related.name in names:
            yield related.name


def _scan_graphql(crawl: Crawl, route: Route, pages: list[Secret]) -> None:
    path = route.fill({})
    if path is None:
        return
    for model in dict.fromkeys(type(secret.instance) for secret in pages):
        fields = {name for secret in pages if type(secret.instance) is model for name in secret.fields}
        for name in sorted(fields):
            camel = name.split("_")[0] + "".join(word.title() for word in name.split("_")[1:])
            query = f"{{ pages {{ title ... on {model.__name__} {{ {camel} }} }} }}"
            for persona in crawl.outsiders:
                crawl.look_as(
                    persona,
                    "GraphQL",
                    with_query(path, f"asks={model.__name__}.{camel}"),
                    "POST",
                    data=json.dumps({"query": query}),
                    content_type="application/json",
                )
