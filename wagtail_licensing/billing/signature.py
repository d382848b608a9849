"""Is this body from Stripe? Whatever is odd about it, the answer is no, and never an exception of
another kind: nobody without a secret learns anything or breaks anything."""

import json
import math
import time
from collections.abc import Sequence
from typing import Any

import stripe

from .hints import SNAPSHOT, THIN, created_at

Json = dict[str, Any]

#: Seconds by which the time in a signature may differ from ours, into the past and into the future.
TOLERANCE = 300

#: A header of Stripe's is some hundred characters long.
MAX_HEADER = 4096

#: How deeply a body may be nested; Stripe's are below 20.
MAX_DEPTH = 60


class InvalidSignature(ValueError):  # noqa: N818 - the field's word for it
    """The body is not from Stripe, or too old, or from the future."""


class InvalidBody(ValueError):  # noqa: N818 - the field's word for it
    """The body is signed, and no event."""


def read_event(body: bytes, header: str, secrets: Sequence[str]) -> Json:
    """Return the event in ``body`` when ``header`` signs it with one of ``secrets``.

    The age of the signature is measured by the clock of the wall, as Stripe's SDK does: it guards
    against a replay on the real network, even where a demonstration moves the clock of the site.
    Raises :class:`InvalidSignature` or :class:`InvalidBody`, and nothing else.
    """
    if not is_signed(body, header, secrets):
        raise InvalidSignature("no valid signature")
    try:
        return _checked(_parse(body))
    except InvalidBody:
        raise
    except Exception:  # noqa: BLE001 - recursion, numbers and encodings fail in many ways
        raise InvalidBody("not readable") from None


def is_signed(body: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Tell whether one of ``secrets`` signed ``body`` within the tolerance. Never raises."""
    if not header or len(header) > MAX_HEADER or not _is_recent(header):
        return False
    # Every secret is tried, so that the time taken does not tell which one fits.
    return sum(_fits(body, header, secret) for secret in secrets) > 0


def _fits(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE))
    except Exception:  # noqa: BLE001 - the SDK raises UnicodeDecodeError and TypeError as well
        return False


def _is_recent(header: str) -> bool:
    """Tell whether the header has one time, and that close to now. The SDK accepts the future."""
    times = [part[2:] for part in header.split(",") if part.startswith("t=")]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        return False
    return abs(time.time() - int(times[0])) <= TOLERANCE


def _parse(body: bytes) -> Any:
    return json.loads(
        body.decode("utf-8"),
        parse_constant=_refuse_constant,
        parse_float=_finite,
        object_pairs_hook=_unique_keys,
    )


def _refuse_constant(name: str) -> None:
    raise InvalidBody(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise InvalidBody("a number is too large")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> Json:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidBody("a key stands twice")
    return result


def _checked(event: Any) -> Json:
    if not isinstance(event, dict) or event.get("object") not in {SNAPSHOT, THIN}:
        raise InvalidBody("no event")
    _is_name(event.get("id"), 255)
    _is_name(event.get("type"), 100)
    if not isinstance(event.get("livemode"), bool):
        raise InvalidBody("livemode is missing")
    created_at(event)
    data = event.get("data")
    if event["object"] == SNAPSHOT and not (
        isinstance(data, dict) and isinstance(data.get("object"), dict)
    ):
        raise InvalidBody("the event names no object")
    return {key: _storable(value, 1) for key, value in event.items()}


def _is_name(value: Any, longest: int) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isascii():
        raise InvalidBody("an id or a type is missing")
    if not value.replace("_", "").replace(".", "").replace("-", "").isalnum():
        raise InvalidBody("an id or a type has odd characters")


def _storable(value: Any, depth: int) -> Any:
    """Return ``value`` without what PostgreSQL cannot keep: NUL and lone surrogates."""
    if depth > MAX_DEPTH:
        raise InvalidBody("nested too deeply")
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_storable(key, depth): _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    return value
