"""What an answer that depends on the person says to caches: nothing of it may be kept."""

from typing import Any

from django.utils.cache import patch_vary_headers

NO_STORE = "private, no-store"


def forbid_storing(response: Any) -> Any:
    """Make ``response`` one that no cache keeps, whatever it said before, and return it."""
    response["Cache-Control"] = NO_STORE
    patch_vary_headers(response, ["Cookie"])
    return response
