"""What an answer that depends on the person says to caches: nothing of it may be kept."""

from typing import Any

from django.utils.cache import patch_vary_headers

NO_STORE = "private, no-store"


#: Set on a request whose answer depends on who asks.
_TOUCHED = "_licensing_touched"


def touch(request: Any) -> None:
    """Mark that the answer to ``request`` depends on who asks, so that no cache may keep it.

    For whatever consults a gate while an answer is put together: a tag, a block, a filter. Without
    a request (None) nothing happens.
    """
    request = getattr(request, "_request", request)
    if request is not None:
        setattr(request, _TOUCHED, True)


def was_touched(request: Any) -> bool:
    """Tell whether something that depends on who asks went into the answer to ``request``."""
    return bool(getattr(getattr(request, "_request", request), _TOUCHED, False))


def never_stored_if_touched(request: Any, response: Any) -> Any:
    """Return ``response``, kept by no cache if the request was touched by the time it is rendered."""

    def finish(response: Any) -> Any:
        return forbid_storing(response) if was_touched(request) else response

    if hasattr(response, "add_post_render_callback") and not response.is_rendered:
        response.add_post_render_callback(finish)
        return response
    return finish(response)


def forbid_storing(response: Any) -> Any:
    """Make ``response`` one that no cache keeps, whatever it said before, and return it."""
    response["Cache-Control"] = NO_STORE
    patch_vary_headers(response, ["Cookie"])
    return response
