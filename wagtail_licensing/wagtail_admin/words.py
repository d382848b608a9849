"""What happened and how things stand, in words for people."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language_bidi, gettext, gettext_lazy, pgettext_lazy

from ..domain.states import Cause, Hold, State
from ..models import License
from ..models.licenses import LicenseFlag, LicensePendingReason, LicenseState

#: A kind of history line -> what happened.
EVENT_WORDS = {
    "issued": gettext_lazy("License issued"),
    "paid": gettext_lazy("Payment received"),
    "approved": gettext_lazy("Approved"),
    "claimed": gettext_lazy("Claimed by its holder"),
    "started": gettext_lazy("Started"),
    "lapsed": gettext_lazy("Lapsed before it became active"),
    "denied": gettext_lazy("Denied"),
    "payment_failed": gettext_lazy("Payment failed, access kept for now"),
    "term_over": gettext_lazy("Term over, grace began"),
    "renewed": gettext_lazy("Renewed"),
    "suspended": gettext_lazy("Suspended"),
    "resumed": gettext_lazy("Resumed"),
    "expired": gettext_lazy("Expired"),
    "revoked": gettext_lazy("Revoked"),
    "held": gettext_lazy("One more hold placed"),
    "hold_lifted": gettext_lazy("A hold lifted"),
    "switched": gettext_lazy("Switched to another product"),
    "seats_changed": gettext_lazy("Number of seats changed"),
    "cancel_scheduled": gettext_lazy("Will end and not renew"),
    "cancel_withdrawn": gettext_lazy("Will renew again"),
    "flagged": gettext_lazy("Marked: somebody should look at it"),
    "flag_lifted": gettext_lazy("The mark was taken away"),
    "trial_ended": gettext_lazy("Trial ended"),
    "terms_changed": gettext_lazy("Terms changed"),
    "seat_assigned": gettext_lazy("Seat assigned"),
    "seat_invited": gettext_lazy("Seat kept for an invited person"),
    "seat_accepted": gettext_lazy("Invitation accepted, seat assigned"),
    "transferred": gettext_lazy("Handed over to another holder"),
    "seats_settled": gettext_lazy("Time to choose who stays is over"),
    "seat_suspended": gettext_lazy("Seat suspended, there are too few"),
    "seat_restored": gettext_lazy("Seat restored"),
    "seat_released": gettext_lazy("Seat released"),
}

CAUSE_WORDS = {
    Cause.STRIPE.value: gettext_lazy("Stripe"),
    Cause.STAFF.value: gettext_lazy("Staff"),
    Cause.MEMBER.value: gettext_lazy("Member"),
    Cause.CLOCK.value: gettext_lazy("Clock"),
    Cause.IMPORT.value: pgettext_lazy("cause of a change", "Import"),
}

HOLD_WORDS = {
    Hold.ADMIN.value: gettext_lazy("by staff"),
    Hold.BILLING.value: gettext_lazy("unpaid"),
    Hold.DISPUTE.value: gettext_lazy("payment disputed"),
    Hold.PAUSED.value: gettext_lazy("subscription paused"),
    Hold.SEAT_OVERAGE.value: gettext_lazy("more people than seats"),
}

#: The facts that the history compares, in the order in which a person wants to read them.
FACT_WORDS = {
    "state": gettext_lazy("State"),
    "product": gettext_lazy("Product"),
    "starts_at": gettext_lazy("Starts"),
    "ends_at": gettext_lazy("Ends"),
    "access_until": gettext_lazy("Access until"),
    "renews": gettext_lazy("Renews"),
    "is_trial": gettext_lazy("Trial"),
    "seats": gettext_lazy("Seats"),
    "seats_due_at": gettext_lazy("Choose who stays until"),
    "holds": gettext_lazy("Holds"),
    "flag": gettext_lazy("Mark"),
    "pending_reason": gettext_lazy("Waits for"),
    "held_since": gettext_lazy("Held since"),
}

_INSTANTS = {"starts_at", "ends_at", "access_until", "held_since", "seats_due_at"}


def event_words(kind: str) -> str:
    """Return what a history line of ``kind`` says."""
    return str(EVENT_WORDS.get(kind, kind.replace("_", " ").capitalize()))


def instant_words(instant: datetime | None, *, never: str = "") -> str:
    """Return an instant in local time, or ``never`` where there is none."""
    if instant is None:
        return never or gettext("never")
    return date_format(localtime(instant), "DATETIME_FORMAT")


def day_words(instant: datetime | None) -> str:
    """Return the day of an instant in local time, "never" where there is none."""
    if instant is None:
        return gettext("never")
    return date_format(localtime(instant), "DATE_FORMAT")


def fact_words(name: str, value: Any, products: dict[int, str]) -> str:
    """Return one fact of a snapshot in words; ``products`` names products by id."""
    if name in _INSTANTS:
        return instant_words(parse_datetime(value) if value else None)
    if name == "state":
        return str(LicenseState(value).label) if value in LicenseState.values else str(value)
    if name == "product":
        return products.get(value, f"#{value}")
    if name == "holds":
        return ", ".join(str(HOLD_WORDS.get(hold, hold)) for hold in value) or gettext("none")
    if name == "flag":
        return str(LicenseFlag(value).label) if value in LicenseFlag.values else str(value)
    if name == "pending_reason":
        return str(LicensePendingReason(value or "").label)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def state_words(license: License, at: datetime) -> str:
    """Return how a license stands: its state, and what the state alone does not tell."""
    label = str(license.get_state_display())
    if license.state == State.PENDING and license.pending_reason:
        return gettext("%(state)s: waits for %(what)s") % {
            "state": label,
            "what": license.get_pending_reason_display(),
        }
    if license.state in {State.ACTIVE, State.GRACE} and not license.facts.entitles(at):
        return gettext("%(state)s, access is over") % {"state": label}
    if license.state == State.ACTIVE and license.is_trial:
        return gettext("%(state)s, trial") % {"state": label}
    return label


def holder_words(license: License) -> str:
    """Return who holds a license: the user name and address, or the organization."""
    if license.organization is not None:
        return str(license.organization)
    if license.user is None:
        return gettext("nobody yet")
    name, email = license.user.get_username(), getattr(license.user, "email", "")
    return f"{name} ({email})" if email and email != name else str(name)


def arrow() -> str:
    """Return the arrow that points from what is read first to what follows."""
    return "←" if get_language_bidi() else "→"
