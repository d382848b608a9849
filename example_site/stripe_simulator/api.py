"""The life of an API request: key, version, faults, URL, parameters, replay, work, expand."""

from __future__ import annotations

import base64
import binascii
import json
import time
import traceback
from dataclasses import dataclass, field

from . import resources, v2  # noqa: F401  (registers the routes)
from .billing import engine
from .errors import StripeError, invalid, unauthorized, unknown_url
from .expansion import expand
from .faults import ApiFault
from .forms import decode
from .idempotency import fingerprint, recall, remember
from .parameters import check
from .reference import API_VERSION
from .resources import accounts
from .routing import Call, Handler, find
from .store import Json
from .world import Request, World

KEY_PREFIXES = ("sk_test_", "rk_test_")


@dataclass
class Incoming:
    method: str
    path: str
    query: str = ""
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""


@dataclass
class Answer:
    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)


class BrokenAnswerError(Exception):
    """The answer must be broken in transport as *fault* says."""

    def __init__(self, fault: ApiFault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


def respond(world: World, incoming: Incoming) -> Answer:
    """Answer one API request. Raises only `BrokenAnswerError`, which the server turns into a fault."""
    with world.lock:
        request = Request(
            id=world.ids.next("req", length=14),
            idempotency_key=incoming.headers.get("idempotency-key"),
        )
        fault = world.faults.take_api(incoming.method, incoming.path)
    if fault and not fault.after and fault.kind != "hang":
        return broken(fault, request)
    if fault and not fault.after:
        time.sleep(fault.seconds)
    answer = attempt(world, incoming, request)
    answer.headers = {
        "Request-Id": request.id or "",
        "Stripe-Version": API_VERSION,
        **answer.headers,
    }
    if fault and fault.after:
        if fault.kind != "hang":
            return broken(fault, request)
        time.sleep(fault.seconds)
    return answer


def attempt(world: World, incoming: Incoming, request: Request) -> Answer:
    try:
        with world.lock, world.answering(request):
            return work(world, incoming, request)
    except StripeError as error:
        return Answer(error.status, error.body())
    except Exception:  # noqa: BLE001  (Stripe answers JSON whatever happens; the trace goes to stderr)
        traceback.print_exc()
        unknown = StripeError("An unknown error occurred.", status=500, type_="api_error")
        return Answer(500, unknown.body())


def work(world: World, incoming: Incoming, request: Request) -> Answer:
    check_key(incoming.headers.get("authorization", ""))
    check_version(incoming.headers.get("stripe-version"))
    account = incoming.headers.get("stripe-account") or incoming.headers.get("stripe-context")
    if account == accounts.PLATFORM:
        account = None
    if account and world.platform.find("account", account) is None:
        raise accounts.no_access(account)
    with world.acting_for(account):
        return work_for_account(world, incoming, request)


def work_for_account(world: World, incoming: Incoming, request: Request) -> Answer:
    path = incoming.path.rstrip("/")
    if path.startswith("/v2/"):
        return Answer(
            200, v2.answer(world, incoming.method, path, decode(incoming.query), incoming.body)
        )
    found = find(incoming.method, path)
    if found is None:
        raise unknown_url(incoming.method, incoming.path)
    route, ids = found
    engine.catch_up(world)
    raw = {**decode(incoming.query), **decode(incoming.body)}
    params = check(incoming.method, route.pattern, raw)
    key = request.idempotency_key if incoming.method == "POST" else None
    print_of_request = fingerprint(incoming.method, path, raw)
    kept = recall(world, key, print_of_request)
    if kept is not None:
        return Answer(kept["status"], kept["body"], replayed(kept, key))
    answer = answer_once(route.handler, Call(world, params, ids, path))
    if incoming.method != "GET":
        world.touched()
    remember(
        world,
        key,
        print_of_request,
        {"status": answer.status, "body": answer.body, "request": request.id},
    )
    if key:
        answer.headers["Idempotency-Key"] = key
    return answer


def answer_once(handler: Handler, call: Call) -> Answer:
    paths = call.params.pop("expand", [])
    try:
        shown = handler(call)
        expand(call.world, shown, paths)
        # A copy through JSON: what is sent and what is kept for replay cannot change afterwards.
        return Answer(200, json.loads(json.dumps(shown)))
    except StripeError as error:
        return Answer(error.status, error.body())


def replayed(kept: Json, key: str | None) -> dict[str, str]:
    return {
        "Idempotent-Replayed": "true",
        "Original-Request": kept["request"],
        "Idempotency-Key": key or "",
    }


def check_key(authorization: str) -> None:
    scheme, _, credentials = authorization.partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key).decode().split(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    if not key:
        raise unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization "
            "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if not key.startswith(KEY_PREFIXES):
        raise unauthorized(f"Invalid API Key provided: {key[:8]}{'*' * max(0, len(key) - 8)}")


def check_version(version: str | None) -> None:
    if version and version.split(";")[0].strip() != API_VERSION:
        raise invalid(f"Invalid Stripe API version: {version}. The simulator speaks {API_VERSION}.")


def broken(fault: ApiFault, request: Request) -> Answer:
    if fault.kind != "status":
        raise BrokenAnswerError(fault)
    type_, code, message = "api_error", fault.code, "An error occurred on our side (simulated)."
    if fault.status == 429:
        type_, message = "invalid_request_error", "Too many requests (simulated)."
        code = code or "rate_limit"
    elif fault.status < 500:
        type_, message = "invalid_request_error", "The request was refused (simulated)."
    error = StripeError(message, status=fault.status, type_=type_, code=code)
    return Answer(fault.status, error.body(), {"Request-Id": request.id or ""})
