"""What a list of a site shows to its visitor: what is left of it, and the lock beside each entry."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from ..access.decision import any_gate, is_hidden
from ..access.listings import only_accessible, only_listable
from ..domain.access import AccessDecision, AccessReason
from ..models import LicenseProduct
from .headers import touch
from .request_reader import decide_for, request_reader, visitor_of

#: Where a request keeps the products that were named in it.
_PRODUCTS = "_licensing_products"


@dataclass(frozen=True, slots=True)
class GateState:
    """The lock beside an entry of a list, for the visitor of a request.

    ``is_open``: the visitor reads it. ``is_locked``: not. ``is_free``: everybody does, no license
    needed. ``is_hidden``: the visitor must not even know of it; leave it out. ``reason`` is the code
    of the decision, ``product_ids`` what would open it.
    """

    decision: AccessDecision
    is_hidden: bool
    _request: Any

    @property
    def is_open(self) -> bool:
        """Tell whether the visitor reads it."""
        return self.decision.allowed

    @property
    def is_locked(self) -> bool:
        """Tell whether the visitor does not read it."""
        return not self.decision.allowed

    @property
    def is_free(self) -> bool:
        """Tell whether everybody reads it."""
        return self.decision.reason in (AccessReason.NO_GATE, AccessReason.OPEN_TO_ALL)

    @property
    def reason(self) -> str:
        """Return the reason code."""
        return str(self.decision.reason)

    @property
    def product_ids(self) -> tuple[int, ...]:
        """Return the ids of the products that open it."""
        return self.decision.opened_by

    @property
    def products(self) -> list[LicenseProduct]:
        """Return the products that open it. One query per request, however many entries ask."""
        known = _products(self._request)
        return [known[pk] for pk in self.decision.opened_by if pk in known]


def gate_state(request: Any, target: Any) -> GateState:
    """Return the lock beside ``target`` (a page, document, image, ...) for the visitor of ``request``.

    What the visitor holds is read once per request: no query for one entry more. No query at all for
    strangers, and where no gate stands.
    """
    decision = decide_for(request, target)
    unknown = decision.reason is AccessReason.ERROR
    return GateState(decision, is_hidden=unknown or is_hidden(decision), _request=request)


def accessible(items: Any, request: Any) -> Any:
    """Return those of ``items`` that the visitor of ``request`` opens: see :func:`_narrowed`."""
    return _narrowed(items, request, listable=False)


def listable(items: Any, request: Any) -> Any:
    """Return those of ``items`` that the visitor of ``request`` opens or sees a teaser of."""
    return _narrowed(items, request, listable=True)


def _narrowed(items: Any, request: Any, *, listable: bool) -> Any:
    """Narrow a queryset in the database; of anything else, or a slice, return a list.

    One query more at most, whatever the number of entries.
    """
    if isinstance(items, QuerySet) and not items.query.is_sliced:
        if _may_depend_on_visitor():
            touch(request)
        narrow = only_listable if listable else only_accessible
        return narrow(items, visitor_of(request))
    return list(_kept(items or (), request, listable))


def _kept(items: Iterable[Any], request: Any, listable: bool) -> Iterable[Any]:
    for item in items:
        state = gate_state(request, item)
        if state.is_open or (listable and not state.is_hidden):
            yield item


def _may_depend_on_visitor() -> bool:
    try:
        return any_gate()
    except Exception:  # noqa: BLE001 - when it cannot be known, nothing is stored
        return True


def _products(request: Any) -> dict[int, LicenseProduct]:
    holder = request_reader(request) if request is None else getattr(request, "_request", request)
    known: dict[int, LicenseProduct] | None = getattr(holder, _PRODUCTS, None)
    if known is None:
        known = {product.pk: product for product in LicenseProduct.objects.all()}
        setattr(holder, _PRODUCTS, known)
    return known
