"""What became of the rows of a list, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..domain.import_rows import Field, Problem

PROBLEMS: dict[str, Any] = {
    Problem.NO_EMAIL: _("There is no e-mail address."),
    Problem.BAD_EMAIL: _("This is no e-mail address."),
    Problem.BAD_START: _("The start is no date."),
    Problem.BAD_END: _("The end is no date."),
    Problem.END_BEFORE_START: _("It ends before it starts."),
    Problem.BAD_SEATS: _("The seats are no number."),
    Problem.UNKNOWN_PRODUCT: _("No product was chosen for what the row says."),
    Problem.TWICE: _("An earlier row says the same."),
    Problem.SEVERAL_ACCOUNTS: _("Several accounts have this address."),
    Problem.CLOSED_ACCOUNT: _("The account is closed."),
    Problem.NO_ACCOUNT: _("Nobody has this address, and no accounts are made."),
    Problem.ENDED: _("It has ended already."),
    Problem.SAME: _("The license is there already."),
    Problem.HAS_ANOTHER: _("They have a license of this product that no list brought; it stays."),
    Problem.STATUS: _("The former system says that it is not active."),
    Problem.PAID_AT_STRIPE: _("They pay through Stripe; import subscribers from Stripe itself."),
    Problem.CHANGED: _("Something changed since the check; check it again in a new import."),
    Problem.REFUSED: _("The license was refused; the log of the site says why."),
}

FIELDS: dict[Field, Any] = {
    Field.EMAIL: _("E-mail address"),
    Field.NAME: _("Name"),
    Field.FIRST_NAME: _("First name"),
    Field.LAST_NAME: _("Last name"),
    Field.PRODUCT: _("Product"),
    Field.STARTS: _("Start"),
    Field.ENDS: _("Last day or end"),
    Field.SEATS: _("Seats"),
    Field.KEY: _("Number in the former system"),
    Field.STATUS: _("Status"),
    Field.STRIPE: _("Customer at Stripe"),
}


def problem_words(problem: str) -> str:
    """Return why a row was left out, empty for a row that was not."""
    return str(PROBLEMS.get(problem, problem))
