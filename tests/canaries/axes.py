"""The axes of the matrix, and which of their combinations make sense.

Nothing is picked by hand. A deep run is the whole product: every row with everybody. A short one
is the subset that :mod:`.covering` computes, in which every two values of different axes meet. What
is left out of both is left out by :func:`is_sensible`, for a reason that stands there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .channels import CHANNELS, Channel
from .modes import MODES

#: What a gate may stand before, and what each kind reaches. "product" is no gate: a view, a block or
#: a tag names the product itself.
KINDS = {
    "page": "page",
    "ancestor": "page",
    "page_type": "page",
    "collection": "file",
    "document": "file",
    "object": "file",
    "area": "part",
    "product": "part",
}

#: Gates before one thing of a sort.
_ONE = {"document": {"document"}, "object": {"image", "media"}}

ALLOWED = ("licensed", "new member", "seat holder", "hand grant", "editor", "superuser")
DENIED = (
    "stranger",
    "without license",
    "lapsed",
    "revoked",
    "suspended",
    "not yet started",
    "other product",
    "released seat",
    "inactive",
    "editor elsewhere",
)
PERSONAS = DENIED + ALLOWED


@dataclass(frozen=True, slots=True)
class Row:
    """One gate and one channel, which several personas go through."""

    kind: str
    mode: str
    channel: Channel

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.mode}-{self.channel.name}"

    def denies(self, persona: str) -> bool:
        """Tell whether the gate stays closed for somebody."""
        mode = MODES[self.mode]
        return not mode.opens and (persona in DENIED or persona in mode.closes_for)

    def shows(self, persona: str) -> bool:
        """Tell whether somebody for whom the gate opens finds by this channel what it tells."""
        channel = self.channel
        if channel.shows_to == "nobody" or persona in channel.blind:
            return False
        if channel.asks_wagtail_only and MODES[self.mode].hides:
            return False
        if channel.closed_by_wagtail:
            return persona in ("editor", "superuser")
        if channel.shows_to == "strangers":
            return MODES[self.mode].opens
        # Nobody edits an area or a product.
        return persona != "editor" or KINDS[self.kind] != "part" or MODES[self.mode].opens


def is_sensible(kind: str, mode: str, channel: Channel) -> bool:
    """Tell whether a gate of ``kind`` can close ``channel`` at all."""
    if KINDS[kind] != channel.reaches:
        return False
    # A gate before a document or an image closes that one.
    if kind in _ONE and channel.thing not in _ONE[kind]:
        return False
    # Without a gate there is nothing that could answer in another way.
    if kind == "product" and mode != "teaser":
        return False
    # That a page is there is no secret unless the gate hides it.
    return channel.tells == "content" or MODES[mode].hides


def rows() -> Iterator[Row]:
    """Return every row that makes sense, gate by gate."""
    for kind in KINDS:
        for mode in MODES:
            for channel in CHANNELS:
                if is_sensible(kind, mode, channel):
                    yield Row(kind, mode, channel)
