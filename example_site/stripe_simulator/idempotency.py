"""Idempotency keys: the first answer is kept for a day and given again."""

from __future__ import annotations

import json
import time

from .errors import StripeError, invalid
from .store import Json
from .world import DAY, World

MAX_LENGTH = 255


def recall(world: World, key: str | None, fingerprint: str) -> Json | None:
    """The stored answer for *key*: None if the key is new, an error if it came with another request."""
    if not key:
        return None
    if len(key) > MAX_LENGTH:
        raise invalid(f"Idempotency keys can be at most {MAX_LENGTH} characters long.")
    forget_old(world)
    kept = world.replays.get(slot(world, key))
    if kept is None:
        return None
    if kept["fingerprint"] != fingerprint:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first "
            f"used with. Try using a key other than '{key}' if you meant to execute a different "
            "request.",
            type_="idempotency_error",
        )
    answer: Json = kept["answer"]
    return answer


def slot(world: World, key: str) -> str:
    """Each account has keys of its own."""
    return f"{world.account or ''}:{key}"


def remember(world: World, key: str | None, fingerprint: str, answer: Json) -> None:
    if key:
        world.replays[slot(world, key)] = {
            "fingerprint": fingerprint,
            "answer": answer,
            "at": time.time(),
        }


def forget_old(world: World) -> None:
    horizon = time.time() - DAY
    world.replays = {key: kept for key, kept in world.replays.items() if kept["at"] > horizon}


def fingerprint(method: str, path: str, raw: Json) -> str:
    return f"{method} {path} {json.dumps(raw, sort_keys=True)}"
