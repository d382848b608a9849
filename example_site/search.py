"""Search over what the visitor may read, and nothing else."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from wagtail.models import Page

from wagtail_licensing.access import only_accessible


def search(request: HttpRequest) -> HttpResponse:
    """Show the pages that fit ``?q=`` and that the visitor may open, ten a page."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    found: Any = []
    if query:
        found = only_accessible(Page.objects.live().filter(depth__gt=2), request.user).search(query)
    page = Paginator(found, 10).get_page(request.GET.get("page"))
    return render(request, "example_site/search.html", {"query": query, "results": page})
