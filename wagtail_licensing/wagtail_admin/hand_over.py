"""Hand a license over in the name of staff: the holder is asked first, then whoever is to have it."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from ..domain.states import State
from ..licenses import ChangedBy, LicenseError
from ..models import License, Transfer
from ..models.invitations import OfferState
from ..teams import TeamError, ask_for_transfer
from .forms import ReasonForm
from .license_actions import ACTION_VIEWS, LicenseActionView
from .permissions import ISSUE_LICENSES


class HandOverForm(ReasonForm):
    """To whom, and why."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address of whoever is to have it"),
        max_length=254,
        help_text=gettext_lazy("They may take it for themselves or for an organization they own."),
    )
    field_order = ["email", "reason"]


def cannot_hand_over(license: License) -> str:
    """Return why ``license`` cannot be handed over now, empty if it can. One query."""
    if license.state in {State.EXPIRED, State.REVOKED}:
        return gettext("It has ended.")
    if license.user_id is None and license.organization_id is None:
        return gettext("Nobody holds it yet.")
    if Transfer.objects.filter(license=license, state=OfferState.OPEN).exists():
        return gettext("It is being handed over already.")
    return ""


class HandOverView(LicenseActionView):
    """Ask the holder to hand a license over."""

    permission = ISSUE_LICENSES
    form_class = HandOverForm
    page_title = gettext_lazy("Hand over")
    icon = "group"
    explanation = gettext_lazy(
        "The holder is asked by mail, and has to agree in the account. Then it is offered to the "
        "address, and has to be accepted. Nothing changes before both have confirmed. Billing stays "
        "with whoever pays."
    )
    button = gettext_lazy("Ask the holder")
    done = gettext_lazy("The holder of license %(license)s is asked.")
    obstacle = staticmethod(cannot_hand_over)

    def perform(self, cleaned: dict[str, Any], at: datetime, by: ChangedBy) -> License:
        """Write the request down."""
        try:
            ask_for_transfer(
                license=self.license, email=cleaned["email"], at=at, actor=by.actor, reason=by.reason
            )
        except TeamError as error:
            raise LicenseError(str(error)) from error
        return self.license


#: URL name -> view of everything that can be done to one license.
ALL_ACTION_VIEWS: dict[str, type[LicenseActionView]] = {**ACTION_VIEWS, "hand_over": HandOverView}
