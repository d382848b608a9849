"""The line to Stripe: one pinned version, short time-outs, raw JSON, errors of our own.

Never used while a transaction is open: a slow answer would hold locks for as long as it takes.
"""

import ipaddress
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote, urlsplit

import requests
import stripe
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from ..conf import conf
from .errors import BadRequest, Missing, Refused, StripeFailure, Unavailable

#: The version of the API that the code was written for; sent with every request.
API_VERSION = "2026-10-28.endive"

#: Seconds: to connect, to wait for an answer.
TIMEOUT = (3.05, 10.0)
RETRIES = 2

#: Seconds that a person waits for us on the return page, in all.
PATIENCE = 3.0

#: Objects on one page of a list; the most that Stripe gives.
PAGE = 100

Json = dict[str, Any]


def inside_transaction() -> bool:
    """Tell whether a transaction is open, other than the one a test runs in."""
    return any(
        not getattr(block, "_from_testcase", False)
        for connection in connections.all(initialized_only=True)
        for block in connection.atomic_blocks
    )


def is_loopback(url: str) -> bool:
    """Tell whether an address can only be this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def api_base() -> str:
    """Return the address of a simulator, or nothing for Stripe itself.

    Raises ``ImproperlyConfigured`` unless it is on loopback and the key is one of test mode.
    """
    base = conf.stripe_api_base
    if not base:
        return ""
    if not is_loopback(base):
        raise ImproperlyConfigured("WAGTAIL_LICENSING_STRIPE_API_BASE is not on loopback")
    if not conf.stripe_secret_key.startswith(("sk_test_", "rk_test_")):
        raise ImproperlyConfigured("WAGTAIL_LICENSING_STRIPE_API_BASE needs a test key")
    return base


class Gateway:
    """Requests to Stripe in raw JSON.

    ``patience`` is the number of seconds that all requests together may take; None leaves each to
    the usual time-outs and retries. ``answered_at`` is the time that the last answer bears, as Stripe
    writes it. Raises ``ImproperlyConfigured`` without a usable key.
    """

    def __init__(self, *, patience: float | None = None) -> None:
        self._key = conf.stripe_secret_key
        self._base = api_base()
        self.answered_at = ""
        self._deadline = None if patience is None else time.monotonic() + patience
        if not self._key:
            raise ImproperlyConfigured("WAGTAIL_LICENSING_STRIPE_SECRET_KEY is empty")

    def get(self, path: str, **params: Any) -> Json:
        """Return the object at ``path``."""
        return self._call("get", path, params)

    def post(self, path: str, *, idempotency_key: str, **params: Any) -> Json:
        """Create or change what ``path`` names; the same key again does it once."""
        return self._call("post", path, {**params, "idempotency_key": idempotency_key})

    def delete(self, path: str, **params: Any) -> Json:
        """Delete or end what ``path`` names."""
        return self._call("delete", path, params)

    def pages(self, path: str, **params: Any) -> Iterator[Json]:
        """Yield every object of a list, newest first, a page of 100 at a time."""
        for rows in self.batches(path, **params):
            yield from rows

    def batches(self, path: str, **params: Any) -> Iterator[list[Json]]:
        """Yield a list in pages of up to 100 objects, newest first; one request for each."""
        while True:
            page = self.get(path, limit=PAGE, **params)
            rows = page.get("data") or []
            if rows:
                yield rows
            if not page.get("has_more") or not rows:
                return
            params["starting_after"] = rows[-1]["id"]

    def _call(self, method: str, path: str, params: Json) -> Json:
        if inside_transaction():
            raise RuntimeError("Stripe is not called inside a transaction")
        try:
            answer = self._client().raw_request(method, path, **params)
        except stripe.StripeError as error:
            raise translate(error, path) from None
        self.answered_at = str(answer.headers.get("Date") or "")
        if not isinstance(answer.data, dict):
            raise Unavailable("Stripe answered with something that is no object")
        return cast("Json", answer.data)

    def _client(self) -> stripe.StripeClient:
        if self._deadline is None:
            return _patient_client(self._key, self._base)
        left = self._deadline - time.monotonic()
        if left <= 0.05:
            raise Unavailable("the time for Stripe's answer is over")
        return _make_client(self._key, self._base, timeout=left, retries=0)


def close() -> None:
    """Forget the lines that are open. The next request opens one by the settings of then."""
    _patient_client.cache_clear()


@lru_cache(maxsize=4)
def _patient_client(key: str, base: str) -> stripe.StripeClient:
    return _make_client(key, base, timeout=TIMEOUT, retries=RETRIES)


def _make_client(
    key: str, base: str, *, timeout: float | tuple[float, float], retries: int
) -> stripe.StripeClient:
    session = None
    if base:
        session = requests.Session()
        # A proxy of the environment is for the world outside, not for loopback.
        session.trust_env = False
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout, session=session),
        base_addresses=cast("Any", {"api": base} if base else {}),
    )


def path_of(collection: str, object_id: str) -> str:
    """Return the path of an object. Raises :class:`Missing` for an id that can be none.

    An empty id would ask for the whole list.
    """
    if not object_id or len(object_id) > 255:
        raise Missing("an object has an id of 1 to 255 characters")
    return f"/v1/{collection}/{quote(object_id, safe='')}"


def resource_of(path: str) -> str:
    """Return which resource a path is about, without ids: ``checkout/sessions``, ``customers``."""
    names = path.removeprefix("/v1/").split("/")
    return "/".join(names[:2] if names[0] in {"checkout", "billing_portal"} else names[:1])


def translate(error: stripe.StripeError, path: str = "") -> StripeFailure:
    """Return our own error for one of the SDK's, without its text: that can hold the key.

    A refusal names what was asked for, since the key may lack only the right to that.
    """
    status = error.http_status or 0
    code = str(error.code or "")
    param = str(getattr(error, "param", None) or "")
    failure = _failure_for(error, status, code)
    said = f"Stripe answered {status}" if status else "Stripe did not answer"
    parts = [said, f"({code})" if code else "", f"for {param}" if param else ""]
    if failure is Refused and path:
        parts.append(f"to {resource_of(path)}")
    return failure(" ".join(part for part in parts if part), param=param, code=code)


def _failure_for(error: stripe.StripeError, status: int, code: str) -> type[StripeFailure]:
    if status in {401, 403}:
        return Refused
    if status == 404 or code == "resource_missing":
        return Missing
    if isinstance(error, stripe.RateLimitError | stripe.APIConnectionError) or status in {0, 409, 429}:
        return Unavailable
    if status >= 500 or isinstance(error, stripe.APIError):
        return Unavailable
    return BadRequest
