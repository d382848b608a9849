"""What every page of the portal has in common: never cached, never an open redirect."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from ..conf import conf

View = Callable[..., HttpResponse]

#: What a person sees here is theirs; no cache between may keep it.
PRIVATE = "private, no-store"


class SeeOther(HttpResponseRedirect):
    """A redirect after a POST: the browser goes on with a GET, whatever it speaks."""

    status_code = 303
    allowed_schemes = ["http", "https"]


def private(view: View) -> View:
    """Keep the answer of ``view`` out of every cache."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = PRIVATE
        return response

    return wrapped


def unreferred(view: View) -> View:
    """Let no other site learn the address of this page: it holds a token.

    ``no-referrer`` would be stricter and break its form: browsers then send ``Origin: null``, which
    Django's CSRF protection refuses.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return wrapped


def member_only(view: View) -> View:
    """Send anonymous visitors to sign in and back here; keep the answer out of every cache."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return HttpResponseRedirect(sign_in_url(request.get_full_path()))
        return view(request, *args, **kwargs)

    return private(wrapped)


def safe_path(request: HttpRequest, value: str | None) -> str:
    """Return ``value`` if it is a path on this site that a browser stays on, else ""."""
    path = (value or "").strip()
    if not path.startswith("/") or len(path) > 2000 or "\\" in path:
        return ""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        return ""
    same_host = url_has_allowed_host_and_scheme(path, {request.get_host()}, request.is_secure())
    return path if same_host else ""


def sign_in_url(next_path: str) -> str:
    """Return the address of the sign-in page that leads on to ``next_path``."""
    return f"{resolve_url(conf.login_url)}?{urlencode({'next': next_path})}"


def go_on(response: HttpResponse, *, url: str, seconds: int) -> HttpResponse:
    """Let the browser open ``url`` (a path of this site) after ``seconds``, without any script.

    A header and not a meta element: a reader's own settings against automatic reloads apply, and
    nothing in the page moves.
    """
    response.headers["Refresh"] = f"{seconds}; url={iri_to_uri(url)}"
    return response


def tell(
    request: HttpRequest,
    *,
    heading: str,
    text: str,
    status: int,
    links: list[tuple[str, str]],
) -> HttpResponse:
    """Render a page that says one thing; ``links`` are (address, words), the first one is the way on."""
    context = {"heading": heading, "text": text, "links": links}
    return render(request, "wagtail_licensing/message.html", context, status=status)


def unavailable(request: HttpRequest, *, back: str) -> HttpResponse:
    """Say that billing does not answer at the moment, and that nothing was charged: 503."""
    context = {"back": back, "back_label": _("Go back")}
    response = render(request, "wagtail_licensing/unavailable.html", context, status=503)
    response.headers["Retry-After"] = "60"
    return response


def too_many(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """Say that this source has asked too often within this hour, and when it may again: 429."""
    response = tell(
        request,
        heading=_("Not so many at once"),
        text=_(
            "From where you are this was asked for many times within this hour. Nothing was sent and "
            "nothing was charged. Please try again later."
        ),
        status=429,
        links=[],
    )
    response.headers["Retry-After"] = str(3600 - int(at.timestamp()) % 3600)
    return response
