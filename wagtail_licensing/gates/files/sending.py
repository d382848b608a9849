"""The one sender of files behind gates. It decides nothing: who asks it has asked ``access`` before.

Neither Django nor Wagtail knows parts of files, without which no video can be wound forward and no
download goes on where it broke off.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from .accelerate import HEADER, internal_address
from .disposition import content_disposition
from .ranges import ByteRange, UnsatisfiableRangeError, parse_range, still_the_same
from .streams import BLOCK, ASGIRequest, stream

#: Nothing of a file runs as if it were a page of the site.
NOTHING_RUNS = "default-src 'none'"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as its storage knows it. ``path`` is None where it is not on this machine."""

    path: str | None
    size: int
    etag: str | None
    last_modified: int | None
    open: Callable[[], Any]


def send_file(
    request: Any,
    file: Any,
    *,
    filename: str,
    content_type: str,
    attachment: bool,
    policy: str = NOTHING_RUNS,
) -> HttpResponse | StreamingHttpResponse:
    """Return the answer that sends ``file``, a file of a model, whole or in the part asked for.

    200, 206 and 416, 304 and 412; several ranges at once get the whole. ``HEAD`` gets no body and
    opens nothing. ``policy`` is the Content-Security-Policy, "" for none. Raises ``Http404`` for a
    file that is gone. No query.
    """
    stored = look_up(file)
    address = internal_address(stored.path) if stored.path else None
    if address:
        # Behind nginx it is nginx that knows tags, dates and parts.
        response: Any = HttpResponse(headers={HEADER: address})
    else:
        response = _answer(request, stored)
    if response.status_code in (304, 412, 416):
        return response
    response["Content-Type"] = content_type
    response["Content-Disposition"] = content_disposition(filename, attachment=attachment)
    response["X-Content-Type-Options"] = "nosniff"
    if policy:
        response["Content-Security-Policy"] = policy
    return response


def look_up(file: Any) -> Stored:
    """Return what the storage of ``file`` tells of it. Raises ``Http404`` where it is gone."""
    storage, name = file.storage, file.name
    try:
        path = storage.path(name)
    except NotImplementedError:
        path = None
    except SuspiciousFileOperation as error:
        raise Http404 from error
    try:
        return _on_disk(path, name) if path else _remote(storage, name)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Http404 from error


def _on_disk(path: str, name: str) -> Stored:
    status = os.stat(path)
    if not os.path.isfile(path):
        raise FileNotFoundError
    etag = _tag(name, status.st_size, status.st_mtime_ns)
    return Stored(path, status.st_size, etag, int(status.st_mtime), lambda: open(path, "rb"))


def _remote(storage: Any, name: str) -> Stored:
    size = storage.size(name)
    try:
        modified = storage.get_modified_time(name).timestamp()
    except NotImplementedError:
        return Stored(None, size, None, None, lambda: storage.open(name, "rb"))
    etag = _tag(name, size, modified)
    return Stored(None, size, etag, int(modified), lambda: storage.open(name, "rb"))


def _tag(*facts: Any) -> str:
    # Of name, size and time, not of the content: a tag that is seen tells nothing about the file.
    return f'"{hashlib.blake2b(repr(facts).encode(), digest_size=16).hexdigest()}"'


def _answer(request: Any, stored: Stored) -> HttpResponse | StreamingHttpResponse:
    headers = _validators(stored)
    early = get_conditional_response(request, stored.etag, stored.last_modified)
    response: Any
    if early is not None:
        response = HttpResponse(status=early.status_code)
    else:
        try:
            part = _part(request, stored)
        except UnsatisfiableRangeError:
            response = HttpResponse(status=416)
            headers = {"Content-Range": f"bytes */{stored.size}", "Accept-Ranges": "bytes"}
        else:
            response = _body(request, stored, part)
    for name, value in headers.items():
        response[name] = value
    return response


def _validators(stored: Stored) -> dict[str, str]:
    headers = {"Accept-Ranges": "bytes"}
    if stored.etag:
        headers["ETag"] = stored.etag
    if stored.last_modified is not None:
        headers["Last-Modified"] = http_date(stored.last_modified)
    return headers


def _part(request: Any, stored: Stored) -> ByteRange | None:
    header = request.headers.get("Range", "")
    if request.method != "GET" or not header:
        return None
    if_range = request.headers.get("If-Range", "")
    if not still_the_same(if_range, etag=stored.etag, last_modified=stored.last_modified):
        return None
    return parse_range(header, stored.size)


def _body(request: Any, stored: Stored, part: ByteRange | None) -> HttpResponse | StreamingHttpResponse:
    if request.method == "HEAD":
        return HttpResponse(headers={"Content-Length": str(stored.size)})
    if part is not None:
        blocks = stream(request, stored.open, start=part.start, length=part.length)
        response = StreamingHttpResponse(blocks, status=206)
        response["Content-Range"] = part.content_range
        response["Content-Length"] = str(part.length)
        # Or a middleware that compresses would count other bytes than the header does.
        response["Content-Encoding"] = "identity"
        return response
    if stored.path and not isinstance(request, ASGIRequest):
        response = FileResponse(stored.open())  # the server may hand it to the kernel
        response.block_size = BLOCK
        response["Content-Length"] = str(stored.size)
        return response
    blocks = stream(request, stored.open, start=0, length=stored.size)
    return StreamingHttpResponse(blocks, headers={"Content-Length": str(stored.size)})
