"""Which checkouts a browser without an account has begun. Kept in its session, and nowhere else."""

from django.http import HttpRequest

_KEY = "wagtail_licensing_checkouts"
_MOST = 10


def remember_guest(request: HttpRequest, nonce: str) -> None:
    """Note in the session of this browser that the checkout ``nonce`` is its own."""
    known = request.session.get(_KEY, [])
    request.session[_KEY] = [*known, nonce][-_MOST:]


def is_guests_own(request: HttpRequest, nonce: str) -> bool:
    """Tell whether this browser began the checkout ``nonce`` as a guest."""
    return nonce in request.session.get(_KEY, [])
