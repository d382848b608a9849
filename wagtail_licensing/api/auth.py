"""Who asks: the session of the browser, or whoever the site's own function says."""

import logging
from typing import Any

from django.http import HttpRequest
from django.utils.module_loading import import_string
from ninja.security import APIKeyHeader, SessionAuth

from ..conf import conf

logger = logging.getLogger(__name__)


class SiteAuth(APIKeyHeader):
    """Ask ``WAGTAIL_LICENSING_API_AUTH`` who sent the request; nobody while it is not set.

    The function takes the request and returns a user or None. An error in it is logged and lets
    nobody in. No CSRF check: what it looks at must not be sent by browsers of their own accord.
    """

    param_name = "Authorization"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the user that the site names, and make them the user of the request."""
        if not conf.api_auth:
            return None
        try:
            user = import_string(conf.api_auth)(request)
        except Exception:
            logger.exception("%s failed; nobody is signed in", conf.api_auth)
            return None
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        request.user = user
        return user


class Visitor(SessionAuth):
    """Whoever the session says, and be it nobody; for what visitors may ask too."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Let the request pass."""
        return True


#: The person has to be signed in.
MEMBER = [SiteAuth(), SessionAuth()]

#: Visitors may ask, too.
ANYBODY = [SiteAuth(), Visitor()]
