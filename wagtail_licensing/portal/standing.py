"""Where a license stands, in words that a member understands, with the dates that matter."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from ..conf import conf
from ..domain.money import Money
from ..domain.states import Hold, PendingReason, State
from ..models import License
from .formats import format_day, format_instant, price_money


class Tone(StrEnum):
    """How a state looks; the words say the same without color."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Charge:
    """The next charge that a renewing license brings, before discounts and taxes."""

    on: datetime
    money: Money


@dataclass(frozen=True, slots=True)
class Standing:
    """A license in words. ``label`` is a pill, ``sentence`` says what follows from it.

    ``banner`` is set when the holder should act or know now; ``can_fix_payment`` when the way is
    the billing page, ``can_continue`` when a cancellation can be withdrawn there, ``can_pause`` and
    ``can_resume`` where Stripe's portal lets members do that;
    ``is_over`` when it belongs to the past.
    """

    label: str
    tone: Tone
    sentence: str
    banner: str = ""
    next_charge: Charge | None = None
    can_fix_payment: bool = False
    can_continue: bool = False
    can_pause: bool = False
    can_resume: bool = False
    is_over: bool = False


def standing_of(license: License, at: datetime, *, is_holder: bool = True) -> Standing:
    """Return how ``license`` stands at ``at``, for its holder or for somebody with a seat on it.

    The clock decides, not the label in the database: a license whose access is over has ended,
    whether or not a worker has noticed. Payments, charges and the reasons of holds are told to the
    holder alone. No query when the billing item and the holds are loaded.
    """
    state = license.state
    if state == State.REVOKED:
        return Standing(
            _("Revoked"), Tone.BAD, _("This license was taken back and does not return."), is_over=True
        )
    if state == State.SUSPENDED:
        return _suspended(license) if is_holder else _suspended_seat()
    over = license.access_until is not None and license.access_until <= at
    if state == State.EXPIRED or over:
        return _ended(license)
    if state == State.PENDING and license.pending_reason != PendingReason.START:
        return _pending(license)
    if at < license.starts_at:
        return Standing(
            _("Not started"),
            Tone.NEUTRAL,
            _("Access begins on %(instant)s.") % {"instant": format_instant(license.starts_at)},
        )
    if not is_holder:
        return _open_seat(license)
    if state == State.GRACE:
        return _grace(license)
    return _active(license, at)


def _open_seat(license: License) -> Standing:
    if license.access_until is None:
        sentence = _("Open without end.")
    elif license.renews and license.state != State.GRACE:
        sentence = _("Open for as long as the license is renewed.")
    else:
        sentence = _("Access until %(instant)s.") % {"instant": format_instant(license.access_until)}
    return Standing(_("Active"), Tone.GOOD, sentence)


def _suspended_seat() -> Standing:
    sentence = _("This license is suspended. Please ask whoever gave you the seat.")
    return Standing(_("Suspended"), Tone.BAD, sentence)


def _ended(license: License) -> Standing:
    if license.access_until is None:
        return Standing(_("Ended"), Tone.NEUTRAL, _("This license has ended."), is_over=True)
    return Standing(
        _("Ended"),
        Tone.NEUTRAL,
        _("Access ended on %(instant)s.") % {"instant": format_instant(license.access_until)},
        is_over=True,
    )


def _pending(license: License) -> Standing:
    sentences = {
        PendingReason.PAYMENT: _("Waits for the payment. A bank transfer can take a few days."),
        PendingReason.APPROVAL: _("Waits to be approved."),
        PendingReason.CLAIM: _("It is yours and has not begun. Start it whenever you like."),
    }
    sentence = sentences.get(PendingReason(license.pending_reason), "")
    return Standing(_("Pending"), Tone.NEUTRAL, sentence)


def _suspended(license: License) -> Standing:
    kinds = {hold.kind for hold in license.holds.all()}
    if Hold.BILLING in kinds:
        sentence = _("A payment is missing. Access returns as soon as it is made.")
        banner = _("Your access is suspended because a payment failed.")
        return Standing(_("Suspended"), Tone.BAD, sentence, banner=banner, can_fix_payment=True)
    if Hold.DISPUTE in kinds:
        sentence = _("A payment is disputed with the bank. Access waits for the result.")
    elif Hold.PAUSED in kinds:
        sentence = _("The subscription is paused. Access returns when it resumes.")
        resumes = conf.pause_in_portal
        return Standing(_("Suspended"), Tone.BAD, sentence, banner=sentence, can_resume=resumes)
    elif Hold.SEAT_OVERAGE in kinds:
        sentence = _("More people use this license than it has seats.")
    else:
        sentence = _("The site has suspended this license. Please contact us.")
    return Standing(_("Suspended"), Tone.BAD, sentence, banner=sentence)


def _grace(license: License) -> Standing:
    if license.access_until is None:
        banner = _("Your last payment failed. You keep access for now.")
    else:
        banner = _("Your last payment failed. You keep access until %(instant)s.") % {
            "instant": format_instant(license.access_until)
        }
    return Standing(
        _("Past due, access kept"),
        Tone.WARNING,
        _("We try the payment again; a working card settles it at once."),
        banner=banner,
        can_fix_payment=True,
    )


def _active(license: License, at: datetime) -> Standing:
    label = _("Trial") if license.is_trial else _("Active")
    if license.access_until is None:
        return Standing(label, Tone.GOOD, _("Yours without end."))
    if license.renews:
        return _renewing(license, label, at)
    end = format_instant(license.access_until)
    if _was_cancelled(license):
        return Standing(
            _("Cancelled"),
            Tone.WARNING,
            _("Nothing more is charged."),
            banner=_("You have cancelled. You keep access until %(instant)s.") % {"instant": end},
            can_continue=True,
        )
    return Standing(label, Tone.GOOD, _("Access until %(instant)s.") % {"instant": end})


def _renewing(license: License, label: str, at: datetime) -> Standing:
    charge = next_charge(license)
    due = charge.on if charge else license.ends_at
    if due is not None and due <= at:
        return Standing(label, Tone.GOOD, _("The renewal is being confirmed. You keep access."))
    if license.is_trial and due is not None:
        sentence = _("Free until %(day)s.") % {"day": format_day(due)}
    elif due is not None:
        sentence = _("Renews on %(day)s.") % {"day": format_day(due)}
    else:
        sentence = _("Renews by itself.")
    pauses = conf.pause_in_portal and charge is not None
    return Standing(label, Tone.GOOD, sentence, next_charge=charge, can_pause=pauses)


def _was_cancelled(license: License) -> bool:
    item = getattr(license, "billing_item", None)
    return item is not None and not license.renews


def next_charge(license: License) -> Charge | None:
    """Return the next charge of a license that renews through its subscription, if it is known."""
    item = getattr(license, "billing_item", None)
    if item is None or item.price is None or item.is_removed or not license.renews:
        return None
    on = item.subscription.trial_end if license.is_trial else item.period_end
    on = on or item.period_end
    return Charge(on=on, money=price_money(item.price, item.quantity)) if on else None
