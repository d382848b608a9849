"""Asks the site in this process, as one persona or another. No network."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db import connections
from django.shortcuts import resolve_url
from django.test import Client
from django.utils import translation

from .personas import Persona
from .sandbox import rolled_back

#: Of longer answers, only the beginning is read.
MAX_BYTES = 5_000_000


class NoMoreRequestsError(Exception):
    """The scan has asked as often as it may."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and headers and body as one string of bytes."""

    status: int
    content: bytes
    body: bytes
    location: str = ""


class Browser:
    """One client for each persona, and the number of requests that are left."""

    def __init__(self, *, max_requests: int, progress: Callable[[int], None] | None = None) -> None:
        self.requests = 0
        self._max = max_requests
        self._progress = progress
        self._clients: dict[str, Client] = {}
        self._sign_in = urlsplit(resolve_url(settings.LOGIN_URL)).path

    def ask(
        self, persona: Persona, url: str, method: str = "GET", *, follow: bool = True, **extra: Any
    ) -> Answer:
        """Ask for ``url``, a path or an address of one of the sites, and follow what stays there.

        Raises :class:`NoMoreRequestsError` when the budget is spent.
        """
        answer = self._once(persona, url, method, **extra)
        for _ in range(3):
            if not (follow and answer.location and method == "GET"):
                break
            there = urljoin(url, answer.location)
            if urlsplit(there).path == self._sign_in or _host(there) not in ("", _host(url)):
                break
            url = there
            answer = self._once(persona, url, "GET")
        return answer

    def _once(self, persona: Persona, url: str, method: str, **extra: Any) -> Answer:
        if self.requests >= self._max:
            raise NoMoreRequestsError
        self.requests += 1
        if self._progress:
            self._progress(self.requests)
        client = self._client(persona)
        cookies = client.cookies.output()
        parts = urlsplit(url)
        host = parts.netloc or "localhost"
        language = translation.get_language()
        with _stacked():
            try:
                response = client.generic(
                    method,
                    parts.path + (f"?{parts.query}" if parts.query else ""),
                    secure=settings.SECURE_SSL_REDIRECT or parts.scheme == "https",
                    HTTP_HOST=host,
                    **extra,
                )
                answer = _read(response)
            finally:
                translation.activate(language) if language else translation.deactivate_all()
                # A view may sign in or out: the persona stays who it is.
                if client.cookies.output() != cookies:
                    client.cookies = SimpleCookie(_cookie_pairs(cookies))
        return answer

    def _client(self, persona: Persona) -> Client:
        if persona.name not in self._clients:
            client = Client(raise_request_exception=False)
            if persona.user.is_authenticated:
                client.force_login(persona.user)
            self._clients[persona.name] = client
        return self._clients[persona.name]


def _stacked() -> Any:
    """Return a context in which each database takes back what one request writes or breaks."""
    from contextlib import ExitStack

    stack = ExitStack()
    for alias in connections:
        stack.enter_context(rolled_back(alias))
    return stack


def _read(response: Any) -> Answer:
    if response.streaming:
        body = b""
        if not getattr(response, "is_async", False):
            # The client closes what it read to the end; the end is not kept of a long answer.
            for part in response.streaming_content:
                body += part if len(body) < MAX_BYTES else b""
    else:
        body = response.content[:MAX_BYTES]
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    location = response.headers.get("Location", "") if 300 <= response.status_code < 400 else ""
    return Answer(
        response.status_code, headers.encode("utf-8", "replace") + b"\n" + body, body, location
    )


def _cookie_pairs(output: str) -> str:
    return "; ".join(re.findall(r"^Set-Cookie: ([^;]+)", output, re.MULTILINE))


def _host(url: str) -> str:
    return urlsplit(url).netloc
