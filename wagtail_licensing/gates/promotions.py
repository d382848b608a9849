"""Promoted search results leave out pages that are hidden from the visitor."""

from typing import Any

from django.apps import apps
from django.db.models import Q

from ..access.decision import any_gate
from ..access.listings import only_listable
from ..compat import page_model
from .headers import touch
from .request_reader import visitor_of

_TAG = "get_search_promotions"


def close_promotions() -> None:
    """Put a tag of ours in the place of Wagtail's, if the site has promoted results; called once."""
    if not apps.is_installed("wagtail.contrib.search_promotions"):
        return
    from wagtail.contrib.search_promotions.templatetags import wagtailsearchpromotions_tags as tags

    def get_search_promotions(context: Any, search_query: Any) -> Any:
        return listable_promotions(tags.get_search_promotions(search_query), context.get("request"))

    tags.register.simple_tag(get_search_promotions, takes_context=True, name=_TAG)


def listable_promotions(promotions: Any, request: Any) -> Any:
    """Return a queryset of promotions without those of pages that are hidden from the visitor."""
    if not any_gate():
        return promotions
    touch(request)
    pages = page_model()._default_manager.all()
    listable = only_listable(pages, visitor_of(request))
    if listable is pages:
        return promotions
    shown = listable.order_by().values("pk")
    return promotions.filter(Q(page__isnull=True) | Q(page__in=shown))
