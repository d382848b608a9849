"""What is left, in an answer of an API, of something that its reader may not open.

Of most things their id and their type. A page behind a closed gate that shows a teaser also gives
what its model declares public, with ``licensing_public_fields``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from ..access.decision import effective_gates, strictest_without_access
from ..compat import page_model
from ..domain.access import AccessReason
from ..models.gates import WithoutAccess
from .reach import may_be_gated
from .request_reader import decide_for, request_reader

#: What Wagtail's APIs say about every page beside its own fields.
META_FIELDS = frozenset(
    {
        "type",
        "detail_url",
        "html_url",
        "slug",
        "show_in_menus",
        "seo_title",
        "search_description",
        "first_published_at",
        "alias_of",
        "parent",
        "locale",
    }
)


@dataclass(frozen=True, slots=True)
class Left:
    """What may be shown of a closed object beside its id and type: the fields in ``names``.

    ``is_teaser`` tells whether the object is a page that is listed with a teaser, so that what
    every page says of itself is shown too.
    """

    names: frozenset[str] = frozenset()
    is_teaser: bool = False


_NOTHING = Left()


def what_is_left(request: Any, instance: Any) -> Left | None:
    """Return what the person behind ``request`` may see of ``instance``, or None where it is open.

    Without a request, that is a visitor. Any error closes. However many instances are asked about,
    what the person holds is read once.
    """
    if not isinstance(instance, Model) or not may_be_gated(type(instance)):
        return None
    decision = request_reader(request).check(instance)
    if decision.allowed:
        return None
    if not isinstance(instance, page_model()) or decision.reason is AccessReason.ERROR:
        return _NOTHING
    names = public_fields(_model_of(instance))
    if not names or strictest_without_access(effective_gates(instance)) == WithoutAccess.NOT_FOUND:
        return _NOTHING
    return Left(names, is_teaser=True)


def is_hidden_page(request: Any, page: Any) -> bool:
    """Tell whether the person behind ``request`` must not even know that ``page`` is there."""
    decision = request_reader(request).check(page)
    return not decision.allowed and (decision.reason is AccessReason.ERROR or _hides(page))


def is_hidden_target(request: Any, target: Any) -> bool:
    """Tell the same of a page, document or anything else, and mark the answer where it depends on
    the person. Nobody is asked where no gate hides the target."""
    return _hides(target) and not decide_for(request, target).allowed


def _hides(target: Any) -> bool:
    return strictest_without_access(effective_gates(target)) == WithoutAccess.NOT_FOUND


def leads_through_closed(request: Any, instance: Any, attributes: Iterable[str]) -> bool:
    """Tell whether following ``attributes`` from ``instance`` meets something that is closed."""
    step = instance
    for name in attributes:
        step = step.get(name) if isinstance(step, Mapping) else getattr(step, name, None)
        if not isinstance(step, Model):
            return False
        if what_is_left(request, step) is not None:
            return True
    return False


def closed_reference(instance: Any) -> dict[str, Any]:
    """Return the id and the type of ``instance``, in the shape of an API."""
    return {"id": instance.pk, "meta": {"type": type_label(instance)}}


def type_label(instance: Any) -> str:
    """Return the name of the type of ``instance`` in an API: ``app.Model``."""
    return str(_model_of(instance)._meta.label)


def public_fields(model: type[Any]) -> frozenset[str]:
    """Return the names in ``licensing_public_fields`` of a page model; empty without any."""
    declared = getattr(model, "licensing_public_fields", ()) or ()
    return frozenset((declared,) if isinstance(declared, str) else declared)


def _model_of(instance: Any) -> type[Any]:
    return getattr(instance, "specific_class", None) or type(instance)
