"""One delivery on the wire: signed, posted, and what came back."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import time
from typing import Any
from urllib.parse import urlsplit

from .reference import API_VERSION
from .store import Json, private

TIMEOUT = 10.0


def live_secrets(endpoint: Json) -> list[str]:
    """The current secret first, then rolled ones that have not run out."""
    now = time.time()
    return [
        each["secret"]
        for each in private(endpoint)["secrets"]
        if each["until"] is None or each["until"] > now
    ]


def signature(body: bytes, secrets: list[str], timestamp: int) -> str:
    """The `Stripe-Signature` header: one `v1` for each live secret."""
    signed = f"{timestamp}.".encode() + body
    marks = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={mark}" for mark in marks)])


def post(url: str, body: bytes, mark: str) -> Json:
    """One attempt. Never raises: what went wrong is in the record. Redirects are not followed."""
    attempt: Json = {"at": int(time.time()), "status": None, "error": None}
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make: Any = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    try:
        connection = make(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            target = parts.path or "/"
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": mark,
                "User-Agent": f"Stripe/1.0 (simulator {API_VERSION})",
            }
            connection.request(
                "POST", f"{target}?{parts.query}" if parts.query else target, body, headers
            )
            response = connection.getresponse()
            response.read(4096)
            attempt["status"] = response.status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        attempt["error"] = type(error).__name__
    return attempt
