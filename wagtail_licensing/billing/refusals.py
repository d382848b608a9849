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


class PaymentUnderWay(CheckoutRefused):
    """A debit for the product is on its way and takes days; nobody should pay twice."""

    message = _("Your payment for this is on its way. It opens as soon as the money has arrived.")


class TooManyAttempts(CheckoutRefused):
    """More purchases begun than a person would: somebody tries out cards."""

    message = _("You have started many purchases. Please try again in an hour.")


class NotForSale(CheckoutRefused):
    """The price or the quantity is not on offer."""

    message = _("This is not for sale.")


class BillingUnavailable(CheckoutRefused):
    """Stripe cannot be reached, or billing is not set up."""

    message = _("Payments are not available at the moment. Nothing was charged; please try again.")
