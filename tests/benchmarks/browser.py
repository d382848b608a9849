"""A browser without a network: whole requests through every middleware, and nothing of a test client."""

from contextlib import contextmanager
from io import BytesIO
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from wagtail import hooks

from tests.testapp.models import PlainPage


class Browser:
    """Asks for pages, signed in as ``user``."""

    def __init__(self, user: Any) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        self._cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
        self._answer = WSGIHandler()

    def get(self, path: str) -> bytes:
        """Return the body of the answer, which has to be a 200."""
        return self.send("GET", path)

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Send a request and return the body of the answer, which has to be a 200."""
        environ = RequestFactory()._base_environ(PATH_INFO=path, REQUEST_METHOD=method) | {
            "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_COOKIE": self._cookie,
            **headers,
        }
        statuses: list[str] = []
        response = self._answer(environ, lambda status, headers: statuses.append(status))
        try:
            text = b"".join(response)
        finally:
            response.close()
        assert statuses == ["200 OK"], (path, statuses, text[:200])
        return text


def look_at_user(page: Any, request: Any, args: Any, kwargs: Any) -> None:
    """Load the user, as a page with a name in its header does."""
    assert request.user.is_authenticated


@contextmanager
def shown_with(template: str, **context: Any):
    """Show the plain pages in another template, with more in its context.

    ``testapp/site_page.html`` is a page as sites have them: a menu, the way to it, a search.
    """

    def get_context(page: Any, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super(PlainPage, page).get_context(request, *args, **kwargs) | {
            name: value() if callable(value) else value for name, value in context.items()
        }

    with (
        patch.object(PlainPage, "template", template),
        patch.object(PlainPage, "get_context", get_context),
    ):
        yield


@contextmanager
def without_our_hooks():
    """Serve as if the package had registered nothing with Wagtail."""
    hooks.search_for_hooks()
    before = dict(hooks._hooks)
    hooks._hooks.update(
        (name, [entry for entry in entries if not entry[0].__module__.startswith("wagtail_licensing")])
        for name, entries in before.items()
    )
    try:
        yield
    finally:
        hooks._hooks.clear()
        hooks._hooks.update(before)
