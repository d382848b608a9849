"""The address of images, renditions and media files: Wagtail has none that asks anybody."""

import os
from mimetypes import guess_type
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from wagtail.models import CollectionViewRestriction

from ...access.decision import check_access
from ...conf import conf, now
from ..headers import forbid_storing
from ..missing import never_stored_if_missing
from ..paywall import sign_in_url
from ..responses import deny
from .addresses import address_of
from .kinds import FileKind, file_kinds, owner_of
from .sending import NOTHING_RUNS, send_file

#: A player that shows a film by itself loads it once more, from here.
_PLAYS = f"{NOTHING_RUNS}; media-src 'self'"

#: What a browser shows by itself without running anything.
_SHOWN = ("image/", "audio/", "video/")


@require_safe
@never_stored_if_missing
def serve_file(request: Any, kind: str, pk: str, field: str, filename: str) -> Any:
    """Send an image, a rendition or a file of wagtailmedia to who may open it.

    Whoever may not is answered as before a document. 404 for a name that is not that of the file,
    and for what has another address: a file without a gate in a storage with addresses of its own.
    One query for the file, one for the privacy of its collection, and what the decision costs.
    """
    instance, file = _find(kind, pk, field)
    if os.path.basename(file.name) != filename or file.url != address_of(kind, instance, field):
        raise Http404
    owner = owner_of(instance)
    at = now()
    decision = check_access(getattr(request, "user", None), owner, at)
    if not decision.allowed:
        return deny(request, owner, decision, at=at, status=denied_status())
    if (refused := refused_by_collection(request, owner)) is not None:
        return refused
    response = send_shown(request, file, filename=filename)
    if decision.consulted_a_gate:
        return forbid_storing(response)
    response["Cache-Control"] = "no-cache"  # a gate may come
    return response


def send_shown(request: Any, file: Any, *, filename: str) -> Any:
    """Send a file that a browser shows in a page: an image, a film, a sound."""
    content_type = guess_type(filename)[0] or "application/octet-stream"
    return send_file(
        request,
        file,
        filename=filename,
        content_type=content_type,
        attachment=not content_type.startswith(_SHOWN),
        policy=_PLAYS if content_type.startswith(("audio/", "video/")) else NOTHING_RUNS,
    )


def refused_by_collection(request: Any, owner: Any) -> HttpResponse | None:
    """Return the answer to who may not see the collection of ``owner`` by Wagtail's own privacy.

    None for who may. One query, two where the collection is not loaded.
    """
    for restriction in owner.collection.get_view_restrictions():
        if not restriction.accept_request(request):
            needs_login = restriction.restriction_type != CollectionViewRestriction.PASSWORD
            if needs_login and not request.user.is_authenticated:
                return forbid_storing(HttpResponseRedirect(sign_in_url(request)))
            return refuse(gettext("This file is private."))
    return None


def refuse(text: str) -> HttpResponse:
    """Return a plain 403 that no cache keeps."""
    return forbid_storing(HttpResponseForbidden(text, content_type="text/plain; charset=utf-8"))


def denied_status() -> int:
    """Return the status in place of a file: never a success, or a player takes the paywall for it."""
    return conf.denied_status if conf.denied_status >= 400 else 403


def _find(name: str, pk: str, field: str) -> tuple[Any, Any]:
    kinds: dict[str, FileKind] = {kind.name: kind for kind in file_kinds()}
    kind = kinds.get(name)
    if kind is None or kind.name == "document" or field not in kind.fields:
        raise Http404
    owner = "image__collection" if name == "rendition" else "collection"
    try:
        instance = kind.model._base_manager.select_related(owner).filter(pk=pk).first()
    except (ValueError, ValidationError, OverflowError) as error:  # no key of this model
        raise Http404 from error
    if instance is None or not (file := getattr(instance, field)):
        raise Http404
    return instance, file
