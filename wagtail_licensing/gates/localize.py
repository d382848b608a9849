"""Gates before the translations that wagtail-localize makes.

A translation shares the gate of its page, so that serving it needs nothing here. What is closed are
the ways in which somebody with the permission to submit translations, and no rights on a page,
would get at its text: a copy in a language that they edit, and titles that are hidden from them.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Q
from django.http import Http404

from ..access.listings import only_listable
from ..access.reader import Reader
from ..compat import page_model
from ..conf import now
from .wrapping import wrap

_LABEL = "wagtail_localize"

#: Where Django keeps what ``prefetch_related`` has read.
_PREFETCHED = "_prefetched_objects_cache"


def close_localize() -> None:
    """Put gates around wagtail-localize, where it is installed; called once, when we are ready."""
    if not apps.is_installed(_LABEL):
        return
    from wagtail_localize.models import TranslationSource
    from wagtail_localize.operations import TranslationCreator
    from wagtail_localize.views.report import TranslationsReportView
    from wagtail_localize.views.submit_translations import SubmitPageTranslationView
    from wagtail_localize.views.update_translations import UpdateTranslationsView

    wrap(TranslationCreator, "create_translations", _unless_closed)
    wrap(SubmitPageTranslationView, "get_object", _refused_if_closed)
    wrap(UpdateTranslationsView, "get_object", _refused_if_closed)
    wrap(TranslationsReportView, "get_queryset", _without_hidden)
    wrap(TranslationSource, "sync_view_restrictions", _leaving_floor)


def may_translate(user: Any, page: Any) -> bool:
    """Tell whether ``user`` opens ``page`` or one of its translations, by editing it or by a license.

    Whoever edits a translation has its text already: that is what a translator works on. Two
    queries, more for the permissions of editors, whatever the number of translations.
    """
    reader = Reader(user, at=now(), many=True)
    if reader.check(page).allowed:
        return True
    translations = page_model()._base_manager.filter(translation_key=page.translation_key)
    return any(reader.check(translation).allowed for translation in translations)


def _unless_closed(create: Callable[..., Any]) -> Callable[..., Any]:
    """Leave out a page that is closed to whoever translates: one below, or one that is referred to.

    A command has no user, and translates everything.
    """

    def create_translations(self: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
        is_page = isinstance(instance, page_model())
        if is_page and self.user is not None and not may_translate(self.user, instance):
            return None
        return create(self, instance, *args, **kwargs)

    return create_translations


def _refused_if_closed(get_object: Callable[..., Any]) -> Callable[..., Any]:
    def get_open_object(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = get_object(self, *args, **kwargs)
        page = found if isinstance(found, page_model()) else _page_of(found)
        if isinstance(page, page_model()) and not may_translate(self.request.user, page):
            raise PermissionDenied
        return found

    return get_open_object


def _page_of(source: Any) -> Any:
    try:
        return source.get_source_instance()
    except ObjectDoesNotExist:
        raise Http404 from None


def _without_hidden(get_queryset: Callable[..., Any]) -> Callable[..., Any]:
    """Leave out of a report the pages that are hidden from whoever reads it: it tells their titles."""

    def without_hidden(self: Any, *args: Any, **kwargs: Any) -> Any:
        pages = page_model()._base_manager.all()
        keys = pages.order_by().values("translation_key")
        listable = only_listable(pages, self.request.user).order_by().values("translation_key")
        no_page = ~Q(source__object_id__in=keys)
        return get_queryset(self, *args, **kwargs).filter(no_page | Q(source__object_id__in=listable))

    return without_hidden


def _leaving_floor(sync: Callable[..., Any]) -> Callable[..., Any]:
    """Let restrictions that editors made be carried over, and ours stay where we put them."""

    def sync_view_restrictions(self: Any, original: Any, translation: Any) -> Any:
        pages = [page for page in (original, translation) if isinstance(page, page_model())]
        for page in pages:
            theirs = page.view_restrictions.filter(licensing_floor__isnull=True)
            vars(page).setdefault(_PREFETCHED, {})["view_restrictions"] = theirs
        try:
            return sync(self, original, translation)
        finally:
            for page in pages:
                vars(page)[_PREFETCHED].pop("view_restrictions", None)

    return sync_view_restrictions
