"""What a comparison saw and asked for, and how it tells how far it is."""

from collections.abc import Callable
from dataclasses import dataclass, field

#: Called with how many objects are done, and how many there are about.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Show no progress."""


@dataclass(slots=True)
class Report:
    """What a comparison saw and asked for.

    ``resumed``: the full list went on where a run before was killed, whose part is not counted.
    ``busy``: another full run is alive, so that none was made. ``truncated``: the list was left before
    its end.
    """

    events_seen: int = 0
    events_new: int = 0
    unsettled: int = 0
    subscriptions_seen: int = 0
    differing: int = 0
    foreign: int = 0
    resumed: bool = False
    busy: bool = False
    truncated: bool = False
    targets: list[int] = field(default_factory=list)
    _noted: set[int] = field(default_factory=set, repr=False)

    def add_targets(self, ids: list[int]) -> None:
        """Note targets to ring for, each once."""
        new = [each for each in dict.fromkeys(ids) if each not in self._noted]
        self._noted.update(new)
        self.targets += new
