"""The dynamic image view of Wagtail: a signature tells that an address is ours, not who may see it."""

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import SourceImageIOError
from wagtail.images.utils import verify_signature
from wagtail.images.views.serve import ServeView

from ...access.decision import any_gate, check_access
from ...conf import now
from ..headers import forbid_storing
from ..missing import answer_missing
from ..responses import deny
from ..wrapping import wrap
from .addresses import is_gated
from .serving import denied_status, refused_by_collection, send_shown


def close_images() -> None:
    """Wrap the dynamic image view; called once, when the application is ready."""
    wrap(ServeView, "get", _gated)


def _gated(get: Callable[..., Any]) -> Callable[..., Any]:
    def get_if_open(
        self: Any,
        request: Any,
        signature: str,
        image_id: Any,
        filter_spec: str,
        filename: str | None = None,
    ) -> Any:
        def go_on() -> Any:
            return get(self, request, signature, image_id, filter_spec, filename)

        if not _gates_stand():
            return go_on()
        if not verify_signature(signature.encode(), image_id, filter_spec, key=self.key):
            raise PermissionDenied
        try:
            image = get_object_or_404(self.model, id=image_id)
        except Http404 as missing:
            return answer_missing(request, missing)
        # Wagtail loads the image by its model: it gets the one that is here, without a query.
        self.model = _Loaded(image)
        if not is_gated(image):
            return go_on()
        return forbid_storing(_answer(request, image, filter_spec, go_on))

    return get_if_open


def _answer(request: Any, image: Any, filter_spec: str, go_on: Callable[[], Any]) -> Any:
    at = now()
    decision = check_access(getattr(request, "user", None), image, at)
    if not decision.allowed:
        try:
            return deny(request, image, decision, at=at, status=denied_status())
        except Http404 as missing:
            return answer_missing(request, missing)
    if (refused := refused_by_collection(request, image)) is not None:
        return refused
    try:
        rendition = image.get_rendition(filter_spec)
    except (SourceImageIOError, InvalidFilterSpecError):
        return go_on()  # Wagtail says what is wrong
    return send_shown(request, rendition.file, filename=os.path.basename(rendition.file.name))


def _gates_stand() -> bool:
    try:
        return any_gate()
    except Exception:  # noqa: BLE001 - the decision fails as well, and denies
        return True


class _Loaded:
    """Stands for a model where one row of it is asked for, and has that row already."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self.model = SimpleNamespace(DoesNotExist=type(row).DoesNotExist)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._row
