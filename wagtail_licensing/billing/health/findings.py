"""One thing that was looked at, and how it is. No finding holds a key, a secret or a mail address."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad a finding is: fine, worth a look, or broken until somebody does something."""

    OK = 0
    WARNING = 1
    PROBLEM = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding in words. ``about`` is what was looked at, ``lines`` are details."""

    level: Level
    about: str
    text: str
    lines: tuple[str, ...] = ()


def worst_of(findings: Iterable[Finding]) -> Level:
    """Return the worst level, fine when there is nothing."""
    return max((finding.level for finding in findings), default=Level.OK)
