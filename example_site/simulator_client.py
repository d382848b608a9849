"""Speaks to the Stripe simulator: its API, as any program would, and its control switches."""

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from .data_dir import read_json
from .stripe_link import FILE

TIMEOUT = 90


class SimulatorError(Exception):
    """The simulator said no, or does not answer. The message is for people."""


def base_url() -> str:
    """Return the address of the simulator, without a slash at the end."""
    return str(read_json(FILE).get("base_url", "")).rstrip("/")


def stripe(method: str, path: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
    """Call Stripe's API and return the answer as a dict. Raises :class:`SimulatorError`."""
    body = urlencode(list(flat(given or {})))
    headers = {"Authorization": "Bearer sk_test_demo"}
    if method == "GET":
        return send(Request(f"{base_url()}{path}?{body}", headers=headers))
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return send(Request(base_url() + path, body.encode(), headers, method=method))


def control(method: str, path: str, given: Any = None) -> Any:
    """Use a switch of the simulator itself. Raises :class:`SimulatorError`."""
    body = None if method == "GET" else json.dumps(given or {}).encode()
    headers = {"Content-Type": "application/json"}
    return send(Request(f"{base_url()}/_simulator/{path}", body, headers, method=method))


def clock_offset() -> int:
    """Return by how many seconds the simulator is ahead of real time."""
    return int(control("GET", "clock")["offset"])


def advance_clock(seconds: int) -> int:
    """Let time pass at Stripe, with all that falls due. Returns the new offset in seconds."""
    return int(control("POST", "clock", {"advance_seconds": seconds})["offset"])


def set_card(customer: str, *, works: bool) -> None:
    """Let every card of a customer succeed, or be declined."""
    control("POST", f"customers/{part(customer)}/card", {"behaviour": "ok" if works else "decline"})


def wait_until_delivered(seconds: float) -> bool:
    """Wait for webhooks on their way; tell whether all have arrived once."""
    return bool(control("POST", "wait_idle", {"timeout": seconds})["idle"])


def part(value: str) -> str:
    """Return ``value`` as one safe part of a path."""
    return quote(value, safe="")


def send(request: Request) -> Any:
    try:
        with urlopen(request, timeout=TIMEOUT) as answer:
            return json.loads(answer.read() or b"{}")
    except HTTPError as error:
        raise SimulatorError(message_of(error)) from error
    except (URLError, OSError, ValueError) as error:
        raise SimulatorError("The Stripe simulator does not answer.") from error


def message_of(error: HTTPError) -> str:
    try:
        said = json.loads(error.read())["error"]
        return str(said["message"] if isinstance(said, dict) else said)
    except (ValueError, KeyError, TypeError, OSError):
        return f"The Stripe simulator answered {error.code}."


def flat(value: Any, name: str = "") -> Any:
    """Yield the pairs of a nested value in Stripe's form encoding: ``a[b][0]=c``."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from flat(each, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for at, each in enumerate(value):
            yield from flat(each, f"{name}[{at}]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, "" if value is None else str(value)
