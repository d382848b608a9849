"""What each figure is called and what it means: the sentence that stands beside the number.

``docs/reference/figures.md`` says the same at length.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Definition:
    """The name of a figure, and what is counted. Both are translated late."""

    label: Any
    text: Any


DEFINITIONS: dict[str, Definition] = {
    "mrr": Definition(
        _("Monthly recurring revenue"),
        _(
            "What paying subscriptions bring in a month when the period ends: price times quantity less "
            "lasting discounts, a yearly price as a twelfth. Without trials, presents and taxes."
        ),
    ),
    "net_new": Definition(
        _("Net new"), _("All changes in the period: the revenue at its end less that at its beginning.")
    ),
    "new": Definition(_("New"), _("Subscriptions that paid for the first time.")),
    "reactivation": Definition(
        _("Reactivation"), _("Subscriptions that had stopped paying and pay again.")
    ),
    "expansion": Definition(_("Expansion"), _("Subscriptions that pay more than before.")),
    "contraction": Definition(_("Contraction"), _("Subscriptions that pay less than before.")),
    "churn": Definition(
        _("Churn"), _("Subscriptions that pay nothing any more: ended, given up as unpaid, or paused.")
    ),
    "lost": Definition(
        _("Subscriptions lost"),
        _("Of those that paid when the period began, those that pay nothing when it ends."),
    ),
    "shrunk": Definition(
        _("Revenue lost"),
        _(
            "Of what those that paid when the period began brought, what the same ones bring less when "
            "it ends."
        ),
    ),
    "at_risk": Definition(
        _("Revenue at risk"), _("What subscriptions bring whose last payment failed, as of now.")
    ),
    "leaving": Definition(
        _("Revenue that leaves"),
        _("What subscriptions bring that are cancelled and run out, as of now."),
    ),
    "active": Definition(
        _("Active"), _("Licenses that open something now, outside of trials and days of grace.")
    ),
    "trial": Definition(_("In trial"), _("Licenses that open something now, in a trial.")),
    "grace": Definition(
        _("In grace"),
        _("A payment failed or the term is over, and access is kept for now."),
    ),
    "ending": Definition(
        _("Ending"), _("Licenses that open something, do not renew, and end within 30 days.")
    ),
    "suspended": Definition(_("Suspended"), _("Licenses with a hold.")),
    "pending": Definition(
        _("Pending"), _("Licenses that wait: for payment, approval, their holder or their start.")
    ),
    "shared": Definition(
        _("Seats taken"),
        _("Of the seats of shared licenses that open something, those assigned or kept for somebody."),
    ),
    "over_allocated": Definition(_("Over-allocated"), _("Licenses with more people than seats.")),
    "self_granted": Definition(
        _("Given to oneself"),
        _("Licenses that somebody of the staff gave, extended or seated themself on."),
    ),
    "renewed": Definition(
        _("Renewed"),
        _(
            "Of the paid terms that came to their end in the period, those that a payment extended; by "
            "the month in which the license began."
        ),
    ),
    "begun": Definition(_("Checkouts begun"), _("Checkouts that were begun in the period.")),
    "paid": Definition(_("Paid"), _("Of these, paid by now, or free of charge.")),
    "waiting": Definition(_("Waiting"), _("Of these, still open, or waiting for the bank.")),
    "abandoned": Definition(_("Abandoned"), _("Of these, left until the page at Stripe expired.")),
    "failed": Definition(_("Failed"), _("Of these, failed.")),
}
