"""Signed links: an address of a document or a media file for one person and for a while, that needs
no session.

The link tells who asks, and grants nothing: whether that person opens the document is decided when
it is opened. It lies in the path, which no cache rearranges, and is kept out of our logs.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from ...access.decision import check_access
from ...conf import conf, now
from ..documents import serve_decided
from ..headers import forbid_storing
from ..missing import answer_missing
from ..responses import deny
from .addresses import address_of
from .kinds import file_kinds, kind_of
from .serving import denied_status, refuse, refused_by_collection, send_shown

_SALT = "wagtail_licensing.files.links"

#: The kinds of files that links lead to, and the field that holds them.
_KINDS = ("document", "media")
_FIELD = "file"


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says: whose it is, for which file of which kind, until when, and a stamp of all."""

    user_id: str
    kind: str
    file_id: str
    until: int
    stamp: str


def sign_link(instance: Any, user: Any, *, lifetime: timedelta, at: datetime) -> str:
    """Return the path of a link to a document or a media file for ``user`` that works until
    ``at + lifetime``.

    Raises ``ValueError`` for nobody, for a file that is not saved, one of another kind, and for a
    lifetime that is none. No query.
    """
    kind = kind_of(instance, _FIELD)
    if user is None or user.pk is None or instance.pk is None or kind not in _KINDS:
        raise ValueError("A signed link is one of a saved document or media file, for somebody")
    if lifetime <= timedelta(0):
        raise ValueError("A signed link lasts for a while")
    until = int((at + lifetime).timestamp())
    token = Signer(salt=_SALT).sign_object(
        [str(user.pk), kind, str(instance.pk), until, _stamp(instance, user)], compress=True
    )
    return reverse("wagtail_licensing:signed_file", args=[token, _name_of(instance)])


def read_link(token: str) -> Link | None:
    """Return what ``token`` says, or None if it is not one of ours."""
    try:
        user_id, kind, file_id, until, stamp = Signer(salt=_SALT).unsign_object(token)
        return Link(str(user_id), str(kind), str(file_id), int(until), str(stamp))
    except (BadSignature, ValueError, TypeError):
        return None


def open_link(request: Any, token: str, filename: str) -> Any:
    """Send the file of a signed link to whom it was made for, or to who has the link and no
    session, as download managers do.

    Somebody else who is signed in is refused. A link that has ended leads to the file's own
    address. 404 for anything that is not a link: forged, for another file, of before the file or the
    password changed. Two queries, and what serving the file costs.
    """
    _forget_token(request, token)
    return _open(request, token, filename)


@require_safe
def _open(request: Any, token: str, filename: str) -> Any:
    found = _find(token, filename)
    if found is None:
        return answer_missing(request, Http404())
    link, instance, user = found
    is_document = link.kind == "document"
    address = address_of(link.kind, instance, _FIELD) if is_document else instance.file.url
    # What is logged from here on, and where a visitor comes back to, is the file's own address.
    request.path = request.path_info = address
    at = now()
    if at.timestamp() >= link.until:
        return forbid_storing(HttpResponseRedirect(address))
    visitor = getattr(request, "user", None)
    if visitor is not None and visitor.is_authenticated and visitor.pk != user.pk:
        return refuse(gettext("This link was made for somebody else."))
    decision = check_access(user, instance, at)
    if not decision.allowed:
        return _denied(request, instance, decision, at)
    request.user = user
    response = forbid_storing(_serve(request, link, instance, decision))
    response["Referrer-Policy"] = "no-referrer"
    return response


def _serve(request: Any, link: Link, instance: Any, decision: Any) -> Any:
    if link.kind == "document":
        return serve_decided(request, instance, decision)
    refused = refused_by_collection(request, instance)
    return refused or send_shown(request, instance.file, filename=_name_of(instance))


def _denied(request: Any, instance: Any, decision: Any, at: datetime) -> Any:
    try:
        return deny(request, instance, decision, at=at, status=denied_status())
    except Http404 as missing:
        return answer_missing(request, missing)


def _find(token: str, filename: str) -> tuple[Link, Any, Any] | None:
    link = read_link(token)
    model = None if link is None else _model_of(link.kind)
    if link is None or model is None:
        return None
    instance = _get(model, link.file_id)
    if instance is None or _name_of(instance) != filename:
        return None
    user = _get(get_user_model(), link.user_id)
    if user is None or not user.is_active:
        return None
    return (link, instance, user) if constant_time_compare(link.stamp, _stamp(instance, user)) else None


def _model_of(kind: str) -> type[Any] | None:
    models = {one.name: one.model for one in file_kinds() if one.name in _KINDS}
    return models.get(kind)


def _name_of(instance: Any) -> str:
    return os.path.basename(instance.file.name)


def _get(model: type[Any], pk: str) -> Any:
    try:
        return model._default_manager.filter(pk=pk).first()
    except (ValueError, ValidationError, OverflowError):
        return None


def _stamp(instance: Any, user: Any) -> str:
    # Another file under the same object, or another password, and the link is worth nothing.
    secret = user.get_session_auth_hash() if hasattr(user, "get_session_auth_hash") else ""
    return salted_hmac(_SALT, f"{instance.file.name}\0{secret}", algorithm="sha256").hexdigest()[:32]


def _forget_token(request: Any, token: str) -> None:
    """Take the token out of what Django and error reporters log of a request."""
    request.path = request.path.replace(token, "…")
    request.path_info = request.path_info.replace(token, "…")
    for name, value in request.META.items():
        if isinstance(value, str) and token in value:
            request.META[name] = value.replace(token, "…")


def default_lifetime() -> timedelta:
    """Return for how long links last by the settings of the site."""
    return conf.signed_link_lifetime
