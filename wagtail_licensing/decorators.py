"""Gates before views: a decorator for functions, a mixin for classes."""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import isawaitable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpResponse

from .access.decision import area_exists, check_access
from .access.reader import Reader
from .conf import now
from .domain.access import FAILED, AccessDecision
from .gates.headers import forbid_storing
from .gates.marks import HEADER, mark_of_area
from .gates.paywall import Teaser
from .gates.requirements import mark
from .gates.responses import deny
from .models import LicenseProduct

__all__ = ["LicenseRequiredMixin", "license_required"]

logger = logging.getLogger("wagtail_licensing.access")


def license_required(
    *, area: str = "", products: Sequence[str] = (), title: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that lets only those into a view who hold a license for it.

    ``area`` names a gate that editors put up and whose rules they choose; ``products`` are the slugs
    of products of which one is needed as long as no such gate stands. One of the two must say what
    opens the view: without any, it answers 503 and says so in the log. ``title`` is the headline
    of the paywall. Works for asynchronous views too. No cache keeps the answer. Costs one query for
    an area, two for products.
    """
    if not area and not products:
        raise ValueError("license_required() needs an area or products")

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(request: Any) -> HttpResponse | None:
            return refusal(request, area=area, products=products, title=title)

        if iscoroutinefunction(view):

            @wraps(view)
            async def awaited(request: Any, *args: Any, **kwargs: Any) -> Any:
                answer = await sync_to_async(refuse)(request)
                return answer or _let_in(await view(request, *args, **kwargs), area)

            return mark(awaited, area, products)

        @wraps(view)
        def called(request: Any, *args: Any, **kwargs: Any) -> Any:
            return refuse(request) or _let_in(view(request, *args, **kwargs), area)

        return mark(called, area, products)

    return decorate


def _let_in(response: Any, area: str) -> Any:
    """Return the answer of a view that was entered; a leak scan finds it again by its mark."""
    if area and (mark := mark_of_area(area)):
        response[HEADER] = mark
    return forbid_storing(response)


class LicenseRequiredMixin:
    """Lets only those into a class-based view who hold a license for it.

    The attributes are the arguments of :func:`license_required`. Put it before the view class.
    """

    license_area: str = ""
    license_products: Sequence[str] = ()
    license_title: str = ""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer who may not enter, or go on."""
        dispatch: Callable[..., Any] = super().dispatch  # type: ignore[misc]
        if getattr(self, "view_is_async", False):
            # Of an asynchronous view the method is not marked as such, and gives back a coroutine.
            dispatch = _awaiting(dispatch)
        gated = license_required(
            area=self.license_area, products=self.license_products, title=self.license_title
        )
        return gated(dispatch)(request, *args, **kwargs)


def _awaiting(dispatch: Callable[..., Any]) -> Callable[..., Any]:
    async def awaiting(request: Any, *args: Any, **kwargs: Any) -> Any:
        answer = dispatch(request, *args, **kwargs)
        return await answer if isawaitable(answer) else answer

    return awaiting


def refusal(request: Any, *, area: str, products: Sequence[str], title: str) -> HttpResponse | None:
    """Return the answer to a visitor who may not enter, or None."""
    at = now()
    decision = _decide(getattr(request, "user", None), area, products, at)
    return None if decision.allowed else deny(request, Teaser(title), decision, at=at)


def _decide(user: Any, area: str, products: Sequence[str], at: Any) -> AccessDecision:
    try:
        if area and area_exists(area):
            return check_access(user, area, at)
        found = LicenseProduct.objects.filter(slug__in=products)
        ids = list(found.values_list("pk", flat=True))
    except Exception as error:  # noqa: BLE001 - any error denies
        logger.error("A view stays closed: %s", type(error).__name__)
        return FAILED
    if not ids:
        logger.error("A view stays closed: no gate of the area %r and no product opens it", area)
        return FAILED
    return Reader(user, at=at).check_products(ids)
