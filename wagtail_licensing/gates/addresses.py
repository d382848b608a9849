"""From an address on one of the sites to what is served there: a page, a document or a file."""

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.http.request import validate_host
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Site

from ..access.decision import area_exists
from ..access.guarded import GuardedView
from ..compat import page_model
from .files.kinds import file_kinds, owner_of
from .requirements import requirement_of

#: In front of the name of an area, in place of an address.
AREA = "area:"

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NothingThereError(ValueError):
    """No page, document or file is served at an address; the message is for people."""


def target_at(address: str) -> Any:
    """Return the page, document, image or media file at ``address``: a path, or one with a host.

    Sub-routes lead to their page, renditions to their image, a view behind ``license_required`` to its
    area where a gate of it stands, else to a :class:`GuardedView`; ``area:NAME`` is the area of that
    name. Nobody's access is asked. Raises :class:`NothingThereError` for a host that is no site's,
    where nothing is published, and for an area without a gate.
    """
    if address.strip().startswith(AREA):
        return _area(address.strip().removeprefix(AREA))
    parts = urlsplit(address.strip())
    if not parts.path.startswith("/") and not parts.netloc:
        raise NothingThereError(_("An address starts with / or with http."))
    _refuse_strangers(parts)
    path = parts.path or "/"
    if (file_name := _name_in_media(parts)) is not None:
        return _file_called(file_name)
    with translation.override(translation.get_language_from_path(path) or translation.get_language()):
        # Without its last slash an address is redirected to the one with it.
        found = _served(parts, path) or (None if path.endswith("/") else _served(parts, f"{path}/"))
    if found is None:
        raise NothingThereError(_("No published page, document or file is at this address."))
    return found


def _area(name: str) -> str:
    if not area_exists(name):
        raise NothingThereError(_("No gate of an area of this name stands."))
    return name


def _refuse_strangers(parts: SplitResult) -> None:
    if not parts.netloc:
        return
    host = (parts.hostname or "").lower()
    # Wagtail serves the default site for any host that is let in; a star says nothing about which.
    allowed = [name for name in settings.ALLOWED_HOSTS if name != "*"]
    if validate_host(host, [*_LOOPBACK, *allowed]):
        return
    if not Site.objects.filter(hostname__iexact=host).exists():
        raise NothingThereError(_("No site of this installation has this host."))


def _served(parts: SplitResult, path: str) -> Any:
    prefix = get_script_prefix()
    try:
        match = resolve(f"/{path.removeprefix(prefix)}" if prefix != "/" else path)
    except Resolver404:
        return None
    arguments = [*match.args, *match.kwargs.values()]
    if match.url_name == "wagtail_serve":
        return _page_at(parts, path, str(arguments[0]) if arguments else "")
    if match.url_name == "wagtaildocs_serve":
        document = get_document_model().objects.filter(pk=arguments[0]).first()
        return document if document and document.filename == unquote(arguments[1]) else None
    if match.url_name == "wagtailimages_serve":
        return get_image_model().objects.filter(pk=arguments[1]).first()
    if match.view_name == "wagtail_licensing:file":
        return _file_of(str(match.kwargs["kind"]), str(match.kwargs["pk"]))
    if (requirement := requirement_of(match.func)) is not None:
        area, products = requirement
        return area if area and area_exists(area) else GuardedView(path, products)
    return None


def _page_at(parts: SplitResult, path: str, route: str) -> Any:
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = path
    site = _site(parts)
    request.META.update(SERVER_NAME=site.hostname, SERVER_PORT=str(site.port))
    request._wagtail_site = site  # type: ignore[attr-defined]
    try:
        result = page_model().route_for_request(request, route)
    except Http404:
        return None
    return result[0] if result else None


def _site(parts: SplitResult) -> Site:
    default = Site.objects.select_related("root_page").filter(is_default_site=True).first()
    if not parts.netloc:
        chosen = default or Site.objects.select_related("root_page").first()
    else:
        sites = list(Site.objects.select_related("root_page").filter(hostname__iexact=parts.hostname))
        port = parts.port or (443 if parts.scheme == "https" else 80)
        exact = [site for site in sites if site.port == port]
        chosen = next(iter([*exact, *sites]), default)
    if chosen is None:
        raise NothingThereError(_("No site of this installation has this host."))
    return chosen


def _name_in_media(parts: SplitResult) -> str | None:
    base = urlsplit(settings.MEDIA_URL)
    if not base.path or base.path == "/" or (base.netloc and base.netloc != parts.netloc):
        return None
    path = unquote(parts.path)
    return path.removeprefix(base.path) if path.startswith(base.path) else None


def _file_called(name: str) -> Any:
    for kind in file_kinds():
        for field in kind.fields:
            found = kind.model._base_manager.filter(**{field: name}).first()
            if found is not None:
                return owner_of(found)
    raise NothingThereError(_("No published page, document or file is at this address."))


def _file_of(kind_name: str, pk: str) -> Any:
    """Return what a file of ours belongs to, by the parts of its address."""
    for kind in file_kinds():
        if kind.name == kind_name:
            try:
                found = kind.model._base_manager.filter(pk=pk).first()
            except (ValueError, ValidationError, OverflowError):  # no key of this model
                return None
            return owner_of(found) if found is not None else None
    return None
