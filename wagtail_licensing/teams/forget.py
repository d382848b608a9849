"""Forget the addresses of people who were invited, or were offered something, long ago."""

from datetime import datetime

from ..conf import conf
from ..models import Invitation, LicenseSeat, Transfer
from ..models.invitations import OfferState
from ..models.licenses import SeatState


def forget_offers(*, at: datetime, limit: int = 200) -> int:
    """Empty the address of up to ``limit`` invitations and as many transfers; return of how many.

    Of those that were closed ``WAGTAIL_LICENSING_CLAIM_RETENTION`` ago or longer, whatever became of
    them. A seat that was kept for one and is free again forgets it too. Two queries if there is none.
    """
    until = at - conf.claim_retention
    emptied = 0
    for model in (Invitation, Transfer):
        old = model.objects.filter(email__gt="", closed_at__lt=until).exclude(state=OfferState.OPEN)
        ids = list(old.order_by("closed_at").values_list("pk", flat=True)[:limit])
        if not ids:
            continue
        if model is Invitation:
            released = LicenseSeat.objects.filter(invitation__in=ids, state=SeatState.RELEASED)
            released.update(invited_email="")
        emptied += model.objects.filter(pk__in=ids).update(email="", email_key="")
    return emptied
