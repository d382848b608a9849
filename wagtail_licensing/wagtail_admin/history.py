"""The history of one license, as lines that a person can read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..models import License, LicenseEvent, LicenseProduct, LicenseSeat
from .stripe_links import dashboard_url
from .words import CAUSE_WORDS, FACT_WORDS, event_words, fact_words

#: Lines that the page of a license shows; the timeline has them all.
LATEST = 20


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that changed: its name, what it was (empty at the issue), what it is."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StripeId:
    """An id at Stripe, and its page in Stripe's dashboard where it has one."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line in words. ``notes`` are sentences below it; ``license`` is named where the timeline is
    not that of a license; ``replay`` is the key of the object that can be read again."""

    at: datetime
    what: str
    cause: str = ""
    actor: str = ""
    reason: str = ""
    stripe: tuple[StripeId, ...] = ()
    changes: tuple[FactChange, ...] = ()
    notes: tuple[str, ...] = ()
    kind: str = ""
    license: License | None = None
    license_url: str = ""
    replay: int | None = None


def latest_history(license: License) -> list[TimelineEntry]:
    """Return the last lines of the history of ``license``, latest first. Three queries at most."""
    events = list(license.events.select_related("actor").order_by("-pk")[:LATEST])
    words = HistoryWords.read(events)
    return [words.entry(event) for event in events]


@dataclass(frozen=True, slots=True)
class HistoryWords:
    """The names that lines of history speak of by their ids."""

    products: dict[int, str]
    seats: dict[int, str]

    @classmethod
    def read(cls, events: Iterable[LicenseEvent]) -> "HistoryWords":
        """Return the names for ``events``. Two queries at most."""
        events = list(events)
        return cls(_products(events), _seats(events))

    def entry(self, event: LicenseEvent, *, livemode: bool | None = None, **more: Any) -> TimelineEntry:
        """Return one line in words; ``livemode`` is the mode of its event of Stripe's, None for that
        of the key."""
        what = event_words(event.kind)
        if "seat" in event.after:
            person = self.seats.get(event.after["seat"], "")
            what = f"{what}: {person}" if person else what
        found = event.stripe_event_id
        return TimelineEntry(
            at=event.at,
            what=what,
            cause=str(CAUSE_WORDS.get(event.cause, event.cause)),
            actor=event.actor.get_username() if event.actor else "",
            reason=event.reason,
            stripe=(StripeId(found, dashboard_url(found, livemode=livemode)),) if found else (),
            changes=tuple(changes_of(event.before, event.after, self.products)),
            **more,
        )


def _products(events: list[LicenseEvent]) -> dict[int, str]:
    ids = {facts.get("product") for event in events for facts in (event.before, event.after)} - {None}
    return dict(LicenseProduct.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _seats(events: list[LicenseEvent]) -> dict[int, str]:
    """Name the people of seats that the history speaks of."""
    ids = {event.after["seat"] for event in events if "seat" in event.after}
    if not ids:
        return {}
    seats = LicenseSeat.objects.filter(pk__in=ids).select_related("user")
    return {seat.pk: seat.user.get_username() if seat.user else seat.invited_email for seat in seats}


def changes_of(
    before: dict[str, Any], after: dict[str, Any], products: dict[int, str]
) -> Iterable[FactChange]:
    """Return what differs between two snapshots of a license, in words."""
    for name, label in FACT_WORDS.items():
        if name not in after or (before and before.get(name) == after[name]):
            continue
        if not before and _says_nothing(name, after[name]):
            continue
        was = fact_words(name, before.get(name), products) if before else ""
        yield FactChange(str(label), was, fact_words(name, after[name], products))


def _says_nothing(name: str, value: Any) -> bool:
    """Tell whether a fact is not worth a line at the issue: no hold, no trial, one seat."""
    if name in {"holds", "flag", "is_trial", "pending_reason"}:
        return not value
    return name in {"held_since", "seats_due_at"} or (name == "seats" and value == 1)
