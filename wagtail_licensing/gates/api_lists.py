"""What an API lists for the person who asks, and with which parameters a teaser may be listed."""

from contextlib import suppress
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from wagtail.models import get_page_models

from ..access.decision import any_gate
from ..access.listings import only_accessible, only_listable
from ..compat import page_model
from .reach import may_be_gated
from .redaction import META_FIELDS, public_fields
from .redirects import host_of, links_to_hidden

#: Set on a request that lists redirects: those that lead to hidden pages are not among them.
NARROWED = "_licensing_redirects_narrowed"

#: Parameters that do not ask for what a field of a page says.
_NEUTRAL = frozenset(
    {
        *("limit", "offset", "fields", "format", "_", "rich_text_format", "version"),
        *("type", "child_of", "ancestor_of", "descendant_of", "translation_of", "locale", "site"),
        *("id", "pk", "html_path", "search_operator"),
    }
)


def narrowed(queryset: QuerySet[Any], request: Any, *, teasers: bool = True) -> QuerySet[Any]:
    """Return what an API lists of ``queryset`` for the person behind ``request``.

    That is what the person opens, and the pages with a teaser of the models that declare public
    fields, as long as the request neither searches, nor filters or orders by anything else: what a
    closed field says could be found out by asking often enough. Redirects to hidden pages are not
    listed. Slice afterwards. Without ``teasers`` there are only pages that open.
    """
    user = getattr(request, "user", None)
    if is_redirect(queryset.model):
        return _redirects(queryset, user, request)
    if not may_be_gated(queryset.model):
        return queryset
    accessible = only_accessible(queryset, user)
    is_page = issubclass(queryset.model, page_model())
    if not teasers or request is None or accessible is queryset or not is_page:
        return accessible
    types = _types_that_answer(request.GET)
    if not types:
        return accessible
    return accessible | only_listable(queryset.filter(content_type__in=types), user)


def gates_stand() -> bool:
    """Tell whether an answer of an API may depend on the person. Any error says that it does."""
    try:
        return any_gate()
    except Exception:  # noqa: BLE001 - when it cannot be known, nothing is stored
        return True


def _types_that_answer(params: Any) -> list[int]:
    """Return the ids of the page types all of whose fields that ``params`` ask about are public."""
    asked = _fields_asked_about(params)
    models = [
        model
        for model in get_page_models()
        if (names := public_fields(model)) and asked <= META_FIELDS | names
    ]
    return [content_type.pk for content_type in ContentType.objects.get_for_models(*models).values()]


def _fields_asked_about(params: Any) -> frozenset[str]:
    """Return the names that a request filters or orders by.

    A parameter that nobody knows counts as a field, and so does a search: it may look anywhere.
    """
    names = {name for name in params if name != "order"}
    for value in params.getlist("order"):
        names.update(name.strip().lstrip("-") for name in value.split(","))
    return frozenset(names - _NEUTRAL - {"", "random"})


def is_redirect(model: type[Any]) -> bool:
    """Tell whether ``model`` is that of Wagtail's redirects."""
    name = "wagtail.contrib.redirects"
    return apps.is_installed(name) and issubclass(model, apps.get_model("wagtailredirects", "Redirect"))


def _redirects(queryset: QuerySet[Any], user: Any, request: Any) -> QuerySet[Any]:
    pages = page_model()._default_manager.all()
    listable = only_listable(pages, user)
    if listable is pages:
        return queryset
    shown = listable.order_by().values("pk")
    told = queryset.filter(Q(redirect_page__isnull=True) | Q(redirect_page__in=shown))
    links = (
        queryset.filter(redirect_page__isnull=True).order_by().values_list("redirect_link", flat=True)
    )
    hidden = links_to_hidden(links.distinct(), listable, host=host_of(request))
    with suppress(AttributeError):  # no request, or what stands for one
        setattr(request, NARROWED, True)
    return told.exclude(redirect_page__isnull=True, redirect_link__in=hidden) if hidden else told
