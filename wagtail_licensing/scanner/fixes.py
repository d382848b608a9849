"""What to do about a leak, by the channel in which it was found."""

_FIXES = {
    "page": "let Wagtail's own view serve the page, and no hook, middleware or serve() of the page type"
    " answer before the gate; tokens after a paywall line belong into a gated block",
    "page variant": "answer this method or query no differently from GET: ask"
    " access.check_access(request.user, page) before anything is rendered",
    "sub-route": "let the sub-route be served through Page.serve, and ask access.check_access for every"
    " other page that it shows",
    "open page": "show teasers only, or filter what is shown with"
    " access.only_accessible(pages, request.user); a field that everybody may read belongs into"
    " get_teaser() or licensing_public_fields",
    "view": "filter with access.only_accessible(queryset, request.user), or put license_required"
    " before the view",
    "search": "filter with access.only_accessible(pages, request.user) before .search()",
    "feed": "leave the items to access.only_accessible(pages, AnonymousUser()), and put"
    " page.get_teaser() in place of the body",
    "sitemap": "use Wagtail's sitemap, or filter with access.only_accessible(pages, AnonymousUser())",
    "API": "filter the queryset of the endpoint with access.only_accessible(queryset, request.user)",
    "API v2": "derive the endpoint from Wagtail's, and filter its get_base_queryset() with"
    " access.only_accessible",
    "API v3": "filter the queryset of the router with access.only_accessible(queryset, request.user)",
    "GraphQL": "resolve pages through access.only_accessible(pages, info.context.user)",
    "cache": "an answer for one person was kept for another: mark it private (never_cache), and leave"
    " gated content out of {% cache %} and {% wagtailpagecache %}",
    "file": "include wagtail.documents.urls and wagtail_licensing.urls, and link document.url",
    "storage": "keep files in wagtail_licensing.storages.PrivateFileSystemStorage or a storage with"
    " signed addresses; do not serve MEDIA_ROOT",
    "rendition": "put the renditions of gated images into a private storage",
    "image view": "let wagtail_licensing answer Wagtail's image view, or take its address away",
    "redirect": "a redirect leads to gated content that is not served by its own address",
    "admin": "people who are no editors reach an address of the admin: ask for a permission",
}


def fix_for(channel: str, part: str) -> str:
    """Return what to do about content of the field ``part`` that came through ``channel``."""
    text = _FIXES.get(channel, _FIXES["view"])
    return f"{text} (found: {part})"
