"""The history of one license, as a timeline that a person can read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..models import License, LicenseEvent, LicenseProduct, LicenseSeat
from .words import CAUSE_WORDS, FACT_WORDS, event_words, fact_words


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that changed: its name, what it was (empty at the issue), what it is."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of history in words."""

    at: datetime
    what: str
    cause: str
    actor: str
    reason: str
    stripe_event_id: str
    changes: tuple[FactChange, ...]


def timeline(license: License) -> list[TimelineEntry]:
    """Return the history of ``license``, latest first. Three queries at most."""
    events = list(license.events.select_related("actor").order_by("-pk"))
    products = _products(events)
    seats = _seats(events)
    return [_entry(event, products, seats) for event in events]


def _products(events: list[LicenseEvent]) -> dict[int, str]:
    ids = {facts.get("product") for event in events for facts in (event.before, event.after)}
    return dict(LicenseProduct.objects.filter(pk__in=ids - {None}).values_list("pk", "name"))


def _seats(events: list[LicenseEvent]) -> dict[int, str]:
    """Name the people of seats that the history speaks of."""
    ids = {event.after["seat"] for event in events if "seat" in event.after}
    if not ids:
        return {}
    seats = LicenseSeat.objects.filter(pk__in=ids).select_related("user")
    return {seat.pk: seat.user.get_username() if seat.user else seat.invited_email for seat in seats}


def _entry(event: LicenseEvent, products: dict[int, str], seats: dict[int, str]) -> TimelineEntry:
    what = event_words(event.kind)
    if "seat" in event.after:
        person = seats.get(event.after["seat"], "")
        what = f"{what}: {person}" if person else what
    return TimelineEntry(
        at=event.at,
        what=what,
        cause=str(CAUSE_WORDS.get(event.cause, event.cause)),
        actor=event.actor.get_username() if event.actor else "",
        reason=event.reason,
        stripe_event_id=event.stripe_event_id,
        changes=tuple(_changes(event.before, event.after, products)),
    )


def _changes(before: dict[str, Any], after: dict[str, Any], products: dict[int, str]) -> Any:
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
