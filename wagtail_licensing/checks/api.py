"""Does the JSON API know whom to ask who somebody is?"""

from typing import Any

from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from ..conf import PREFIX, conf


def check_api_auth(**kwargs: Any) -> list[CheckMessage]:
    """Find a function for the sign-in of the JSON API that is none."""
    if not conf.api_auth:
        return []
    try:
        found: Any = import_string(conf.api_auth)
    except (ImportError, AttributeError):  # a setting that is no text has no dots to split at
        found = None
    if callable(found):
        return []
    return [
        Error(
            f"{PREFIX}API_AUTH names no function.",
            hint="Give the dotted path of a function that takes a request and returns a user or None.",
            id="wagtail_licensing.E060",
        )
    ]


CHECKS = (check_api_auth,)
