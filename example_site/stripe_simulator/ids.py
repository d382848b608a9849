"""Ids that look like Stripe's and are the same for the same seed and order of calls."""

from __future__ import annotations

import hashlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits.rjust(width, "0")


class Ids:
    """One counter for each prefix. Two simulators share ids only if they share the seed."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.counters: dict[str, int] = {}

    def next(self, prefix: str, *, length: int = 24) -> str:
        count = self.counters[prefix] = self.counters.get(prefix, 0) + 1
        tail = base62(count, 6)
        head = self.digest(prefix, length - len(tail) - 1)
        return f"{prefix}_1{head}{tail}"

    def secret(self, prefix: str, name: str) -> str:
        """A stable secret for *name*: fit for a simulator, and only there."""
        count = self.counters["secret"] = self.counters.get("secret", 0) + 1
        return f"{prefix}_{self.digest(f'{name}:{count}', 32)}"

    def digest(self, text: str, length: int) -> str:
        raw = hashlib.sha256(f"{self.seed}:{text}".encode()).digest()
        return base62(int.from_bytes(raw, "big"), 43)[-length:]
