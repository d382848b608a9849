"""Links that take a gate's decision along: to a file, for one person, for a while."""

from datetime import datetime, timedelta
from typing import Any

from .conf import now
from .gates.files.links import default_lifetime, sign_link


def signed_document_url(
    document: Any,
    user: Any,
    *,
    request: Any = None,
    max_age: timedelta | int | None = None,
    at: datetime | None = None,
) -> str:
    """Return a link with which ``user`` gets ``document``, or a media file, without being signed in.

    For e-mails, download managers and players. ``request`` makes the link absolute. It works until
    ``max_age`` (a timedelta or seconds; default: ``WAGTAIL_LICENSING_SIGNED_LINK_LIFETIME``) after
    ``at`` (default: now), exclusive, and not after the file or the person's password has changed.

    The link grants nothing: each time it is opened, ``check_access`` decides for ``user``. Nobody
    else who is signed in may use it. Raises :class:`ValueError` for somebody without an account, a
    file that is not saved or an image, or a ``max_age`` that is not positive. No query.
    """
    if max_age is None:
        lifetime = default_lifetime()
    else:
        lifetime = max_age if isinstance(max_age, timedelta) else timedelta(seconds=max_age)
    path = sign_link(document, user, lifetime=lifetime, at=at or now())
    return path if request is None else str(request.build_absolute_uri(path))


__all__ = ["signed_document_url"]
