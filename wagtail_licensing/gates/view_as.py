"""Look at the live site as somebody else: for editors of a page, without signing anybody in.

The address carries a signed token for one editor, one page and one kind of person. What comes back is
made for that person, with a bar on top; the next click is the editor's own again.
"""

import re
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpResponse
from django.template.loader import render_to_string

from .headers import forbid_storing
from .personas import persona_modes, persona_of

PARAMETER = "view-as"
#: For how many seconds an address is good.
GOOD_FOR = 60 * 60
_SALT = "wagtail_licensing.view_as"
_BAR = "_licensing_view_as"


def view_as_url(request: Any, page: Any, user: Any, mode: str) -> str:
    """Return the address of ``page`` as ``user``, who may edit it, sees it in ``mode``."""
    token = signing.dumps([str(user.pk), page.pk, mode], salt=_SALT, compress=True)
    return f"{request.path}?{urlencode({PARAMETER: token})}"


def enter(page: Any, request: Any) -> bool:
    """Put a persona in the place of the user if ``request`` asks for it and its user may edit ``page``.

    Tell whether one stands there. A token that is not good is as if there were none.
    """
    if is_viewed_as(request):
        return True
    mode = _mode(page, request)
    persona = persona_of(mode)
    if persona is None:
        return False
    user = request.user
    modes = persona_modes()
    here = [
        {"label": label, "url": view_as_url(request, page, user, name), "is_current": name == mode}
        for name, label in modes
    ]
    label = next((one["label"] for one in here if one["is_current"]), "")
    setattr(request, _BAR, {"modes": here, "label": label, "back_url": request.path})
    request.user = persona
    return True


def is_viewed_as(request: Any) -> bool:
    """Tell whether a persona stands in the place of the user of ``request``."""
    return getattr(request, _BAR, None) is not None


def _mode(page: Any, request: Any) -> str:
    token = request.GET.get(PARAMETER) if request.method in ("GET", "HEAD") else None
    user = getattr(request, "user", None)
    if not token or user is None or not user.is_authenticated or not user.is_active:
        return ""
    try:
        user_id, page_id, mode = signing.loads(token, salt=_SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    if user_id != str(user.pk) or page_id != page.pk:
        return ""
    return str(mode) if page.permissions_for_user(user).can_edit() else ""


def with_bar(request: Any, response: Any) -> Any:
    """Put the bar on top of an answer made for a persona, which no cache keeps."""
    if not is_viewed_as(request):
        return response
    if hasattr(response, "add_post_render_callback") and not response.is_rendered:
        response.add_post_render_callback(lambda rendered: _put_bar(request, rendered))
        return response
    return _put_bar(request, response)


def _put_bar(request: Any, response: HttpResponse) -> HttpResponse:
    forbid_storing(response)
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return response
    bar = render_to_string("wagtail_licensing/viewing_as.html", getattr(request, _BAR), request=request)
    text = response.content.decode(response.charset)
    body = re.search(r"<body[^>]*>", text, re.IGNORECASE)
    end = body.end() if body else 0
    response.content = (text[:end] + bar + text[end:]).encode(response.charset)
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
    return response
