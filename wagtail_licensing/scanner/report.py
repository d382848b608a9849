"""What a scan found, and what it could not look at."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Leak:
    """Gated content that came to somebody without access.

    ``url`` is where, ``persona`` who asked, ``channel`` the kind of address, ``target`` whose content
    it was (type, id and field, never the text), and ``fix`` what to do about it.
    """

    url: str
    persona: str
    channel: str
    target: str
    fix: str


@dataclass(frozen=True, slots=True)
class Unscanned:
    """Something of the site that the scan did not look at, and why."""

    what: str
    why: str


@dataclass(slots=True)
class ScanReport:
    """The outcome of one scan. ``targets`` counts gated pages and files, ``proved`` those whose content
    the licensed persona received, so that not finding it elsewhere means something."""

    leaks: list[Leak] = field(default_factory=list)
    unscanned: list[Unscanned] = field(default_factory=list)
    requests: int = 0
    targets: int = 0
    proved: int = 0

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing leaked in what was scanned."""
        return not self.leaks

    def add_leak(self, leak: Leak) -> None:
        """Note a leak, once for each address, persona and target."""
        if leak not in self.leaks:
            self.leaks.append(leak)

    def add_unscanned(self, what: str, why: str) -> None:
        """Note what was not scanned, once."""
        gap = Unscanned(what, why)
        if gap not in self.unscanned:
            self.unscanned.append(gap)

    def accept(self, accepted: Iterable[str]) -> None:
        """Leave out the gaps whose ``what`` starts with one of ``accepted``."""
        beginnings = tuple(accepted)
        if beginnings:
            self.unscanned = [gap for gap in self.unscanned if not gap.what.startswith(beginnings)]

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self) | {"clean": self.is_clean}

    def as_text(self) -> str:
        """Return the report for people: leaks first, then what was not scanned, then the sum."""
        lines = []
        for leak in self.leaks:
            lines += [f"LEAK {leak.channel}: {leak.url}"]
            lines += [f"  {leak.target}, seen by: {leak.persona}", f"  fix: {leak.fix}"]
        lines += [f"not scanned: {gap.what}: {gap.why}" for gap in self.unscanned]
        lines.append(
            f"{len(self.leaks)} leaks, {len(self.unscanned)} not scanned, {self.requests} requests;"
            f" {self.proved} of {self.targets} targets seen with a license."
        )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.as_text()
