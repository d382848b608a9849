"""Find out whether a storage is open to everybody: put a marker into it and ask for it from outside."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, build_opener

from django.core.files.base import ContentFile

from .kinds import file_kinds

#: Answers to an address: the status, and the first bytes of the body. Raises ``OSError``.
Ask = Callable[[str], tuple[int, bytes]]

_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """What came of asking for a marker file.

    ``exposed``: whether it came; None if nobody answered. ``address`` is "" for a storage without
    addresses. ``kind`` and ``field`` name the files that lie there, where that is known.
    """

    exposed: bool | None
    address: str = ""
    status: int | None = None
    kind: str = ""
    field: str = ""


def look_for_exposure(
    storage: Any, *, base_url: str, folder: str = "", ask: Ask | None = None
) -> Exposure:
    """Put a marker file into ``folder`` of ``storage``, ask for it as a stranger, and remove it.

    ``base_url`` is the public address of the site, for storages whose addresses have no host. What a
    storage signs is left out of the address. ``ask`` takes the place of a request over the network,
    for tests. Raises what the storage raises when it cannot be written to.
    """
    text = secrets.token_urlsafe(32)
    folder = f"{folder.strip('/')}/" if folder.strip("/") else ""
    name = storage.save(f"{folder}licensing-marker-{secrets.token_hex(8)}.txt", ContentFile(text))
    try:
        return _ask_for(storage, name, text, base_url, ask or _over_the_network)
    finally:
        storage.delete(name)


def look_for_exposures(*, base_url: str, ask: Ask | None = None) -> Iterator[Exposure]:
    """Look at each place where Wagtail's documents, images, renditions and media files lie."""
    for kind in file_kinds():
        for field_name in kind.fields:
            field = kind.field(field_name)
            folder = field.upload_to if isinstance(field.upload_to, str) else _FOLDERS.get(kind.name, "")
            found = look_for_exposure(field.storage, base_url=base_url, folder=folder, ask=ask)
            yield Exposure(found.exposed, found.address, found.status, kind.name, field_name)


#: Where Wagtail puts what it names by a function.
_FOLDERS = {"image": "original_images", "rendition": "images"}


def _ask_for(storage: Any, name: str, text: str, base_url: str, ask: Ask) -> Exposure:
    try:
        address = urljoin(base_url, storage.url(name))
    except (NotImplementedError, ValueError):
        return Exposure(exposed=False)
    parts = urlsplit(address)
    address = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    if parts.scheme not in ("http", "https"):
        return Exposure(None, address)
    try:
        status, body = ask(address)
    except OSError:
        return Exposure(None, address)
    return Exposure(text.encode() in body, address, status)


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer: it leads to a sign-in page, or to another address that is looked at."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _over_the_network(address: str) -> tuple[int, bytes]:
    try:
        with build_opener(_NoRedirects).open(address, timeout=_TIMEOUT) as response:
            return response.status, response.read(1024)
    except HTTPError as answer:
        with answer:
            return answer.code, b""
    except URLError as error:
        raise OSError(str(error.reason)) from error


__all__ = ["Exposure", "look_for_exposure", "look_for_exposures"]
