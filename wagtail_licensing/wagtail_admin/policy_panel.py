"""What a product promises with a license, in the form of the product."""

from django.utils.translation import gettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel

#: In the order in which an owner meets the questions.
POLICY_FIELDS = (
    "past_due",
    "grace_days",
    "unpaid",
    "honours_paid_term",
    "full_refund",
    "open_dispute",
    "trial_rule",
    "seat_choice_days",
)


def policy_panel() -> MultiFieldPanel:
    """Return the panel of the policy. A change in it makes a new version."""
    return MultiFieldPanel(
        [FieldPanel(name) for name in POLICY_FIELDS],
        heading=gettext_lazy("Policy"),
        help_text=gettext_lazy(
            "What a license does when money is late, goes back or is fought over. A change counts for"
            " licenses that are issued from now on; those that exist keep what was promised with them."
        ),
    )
