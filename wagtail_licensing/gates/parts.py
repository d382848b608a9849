"""Parts of a page that open by themselves: blocks, what is below a paywall line, template tags.

Each of them asks here, with the request that the answer is for. Without a request a part is closed,
and so it is whenever the question cannot be answered.
"""

import logging
from collections.abc import Iterable
from enum import Enum
from typing import Any

from ..access.decision import area_exists
from ..access.editors import may_edit
from ..access.reader import Reader
from ..access.watching import note_consulted
from ..compat import page_model
from ..domain.access import AccessReason
from ..models import LicenseProduct
from .answers import known_decision
from .headers import touch

logger = logging.getLogger("wagtail_licensing.access")

#: Where a request keeps its reader, so that many parts cost what one costs.
_READER = "_licensing_part_reader"


class PageState(Enum):
    """What is shown of a page: all to everybody, all to this visitor, or the teaser."""

    FREE = "free"
    OPEN = "open"
    CLOSED = "closed"


def part_is_open(
    request: Any,
    *,
    products: Iterable[int] = (),
    slugs: Iterable[str] = (),
    area: str = "",
    page: Any = None,
    previewed: Any = None,
) -> bool:
    """Tell whether the visitor of ``request`` opens a part of a page.

    One of these is enough: a product (by id or slug), a named area whose gate stands, a page. None
    of them: closed. ``previewed`` is the page around the part, which its editors see whole while
    they preview it. Never raises: an error is logged and closes. One query for products and areas
    in a request, however many parts there are; one more for each call with slugs.
    """
    if request is None:
        return False
    touch(request)
    try:
        reader = _reader_of(request)
        if page is not None and page_state(page, request) is not PageState.CLOSED:
            return True
        if area and area_exists(area) and reader.check(area).allowed:
            return True
        ids = [*products, *_ids_of(slugs)]
        if ids and reader.check_products(ids).allowed:
            return True
        return _is_previewed_by_editor(request, previewed)
    except Exception as error:  # noqa: BLE001 - any error denies
        note_consulted(fleeting=True)
        logger.error("A part of a page stays closed: %s", type(error).__name__)
        return False


def page_state(page: Any, request: Any) -> PageState:
    """Return what is shown of ``page`` to the visitor of ``request``; None is a stranger.

    No query where no gate stands before the page, nor where the page is the one being served.
    Never raises: what cannot be told is closed.
    """
    if page is None:
        return PageState.CLOSED
    decision = known_decision(page, request)
    if decision is None:
        # Decides as for everybody else, and denies when that fails.
        decision = (Reader(None) if request is None else _reader_of(request)).check(page)
    if decision.reason is AccessReason.NO_GATE:
        return PageState.FREE
    touch(request)
    if decision.reason is AccessReason.OPEN_TO_ALL:
        return PageState.FREE
    return PageState.OPEN if decision.allowed else PageState.CLOSED


def _reader_of(request: Any) -> Reader:
    """Return the reader of a request, a new one whenever another person stands in it."""
    user = getattr(request, "user", None)
    kept = getattr(request, _READER, None)
    if kept is None or kept.user is not user:
        kept = Reader(user)
        setattr(request, _READER, kept)
    return kept


def _ids_of(slugs: Iterable[str]) -> list[int]:
    slugs = list(slugs)
    if not slugs:
        return []
    return list(LicenseProduct.objects.filter(slug__in=slugs).values_list("pk", flat=True))


def _is_previewed_by_editor(request: Any, page: Any) -> bool:
    # Only Wagtail's own preview of a draft sets this, on a request that it makes up.
    if not getattr(request, "is_preview", False) or not isinstance(page, page_model()):
        return False
    user = getattr(request, "user", None)
    # A persona, who stands for people like somebody, has no key.
    return getattr(user, "pk", None) is not None and may_edit(user, page)
