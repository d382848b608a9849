"""From what a front end asks about to the target, and to what may be told of it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from wagtail.documents import get_document_model

from ..access import AccessDecision, check_access
from ..access.decision import area_exists, is_hidden
from ..access.guarded import GuardedView
from ..access.reader import Reader
from ..compat import page_model
from ..gates.addresses import AREA, NothingThereError, target_at
from ..gates.files.serving import refused_by_collection


class NotThere(LookupError):  # noqa: N818 - says what it is
    """There is nothing of the kind, or it must not be told that there is."""


def page_with_id(page_id: int) -> Any:
    """Return the live page with this id. One query. Raises :class:`NotThere`."""
    return _found(page_model().objects.live().filter(pk=page_id).first())


def document_with_id(document_id: int) -> Any:
    """Return the document with this id. One query. Raises :class:`NotThere`."""
    documents = get_document_model().objects.select_related("collection")
    return _found(documents.filter(pk=document_id).first())


def area_called(name: str) -> str:
    """Return the name of an area before which a gate stands. Raises :class:`NotThere`."""
    if not area_exists(name):
        raise NotThere
    return name


def target_of_address(address: str) -> Any:
    """Return what is served at a path or an address of one of the sites. As many queries as Wagtail
    needs to serve it. Raises :class:`NotThere`."""
    if address.startswith(AREA):
        raise NotThere
    try:
        return target_at(address)
    except (NothingThereError, ValueError):  # also what no parser of addresses understands
        raise NotThere from None


def _found(row: Any) -> Any:
    if row is None:
        raise NotThere
    return row


def decide(request: HttpRequest, target: Any, *, at: datetime) -> AccessDecision:
    """Return the decision for the user of ``request``.

    Raises :class:`NotThere` where the gate hides the target from them, and where Wagtail's own
    privacy of pages and collections keeps it from them: as if it did not exist.
    """
    if isinstance(target, GuardedView):
        return Reader(request.user, at=at).check_products(target.product_ids())
    decision = check_access(request.user, target, at)
    if is_hidden(decision) or _is_private(request, target):
        raise NotThere
    return decision


def _is_private(request: HttpRequest, target: Any) -> bool:
    if isinstance(target, page_model()):
        restrictions = target.get_view_restrictions()
        return any(not restriction.accept_request(request) for restriction in restrictions)
    if hasattr(target, "collection"):
        return refused_by_collection(request, target) is not None
    return False
