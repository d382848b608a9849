"""Why a purchase cannot start, in words for the buyer."""

from django.utils.translation import gettext_lazy as _


class CheckoutRefused(Exception):  # noqa: N818 - the field's word for it
    """The purchase cannot start; ``str()`` of it is for the buyer."""

    message = _("This cannot be bought at the moment.")

    def __str__(self) -> str:
        return str(self.message)


class AlreadyLicensed(CheckoutRefused):
    """The buyer pays for the product already."""

    message = _("You have this already. Manage it on your account page.")


class MayNotBuy(CheckoutRefused):
    """The buyer is not, or no more, somebody who buys for this organization."""

    message = _("You cannot buy for this organization.")


class PaymentUnderWay(CheckoutRefused):
    """A debit for the product is on its way and takes days; nobody should pay twice."""

    message = _("Your payment for this is on its way. It opens as soon as the money has arrived.")


class TrialUsed(CheckoutRefused):
    """The buyer was offered a trial and has had one meanwhile, here or under another customer."""

    message = _("You have had a free trial already. You can buy this without one.")


class TooManyAttempts(CheckoutRefused):
    """More purchases begun than a person would: somebody tries out cards."""

    message = _("You have started many purchases. Please try again in an hour.")


class SwitchRefused(CheckoutRefused):
    """The license cannot be switched to this price."""

    message = _("This license cannot be switched to that.")


class PriceMoved(SwitchRefused):
    """What it costs has changed since it was shown: time has passed, or something else happened."""

    message = _("What it costs has changed since. Please look again.")


class CardDeclined(SwitchRefused):
    """The difference could not be charged; everything is as before."""

    message = _("Your card was declined. Nothing has changed and nothing was charged.")


class NotForSale(CheckoutRefused):
    """The price or the quantity is not on offer."""

    message = _("This is not for sale.")


class BillingUnavailable(CheckoutRefused):
    """Stripe cannot be reached, or billing is not set up."""

    message = _("Payments are not available at the moment. Nothing was charged; please try again.")
