"""Apply for a license, approve it, refuse it, and let an approval lapse that nobody pays."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ..conf import conf
from ..domain.states import Cause, PendingReason, State, Trigger
from ..models import License, LicenseApplication, LicenseProduct
from ..models.applications import ApplicationState
from ..models.licenses import LicenseSource
from ..models.products import IssueMode
from .change import Change, LicenseError, changing
from .claims import begin_term
from .history import ChangedBy
from .issue import issue_license
from .next_term import first_start
from .revoke import revoke_license


class AppliedBefore(LicenseError):  # noqa: N818 - the field's word for it
    """An application of this person for this product waits, or they have what it asks for."""


class DecidedBefore(LicenseError):  # noqa: N818 - the field's word for it
    """Somebody decided about the application already, or its license is gone."""


def apply_for_license(
    *,
    product: LicenseProduct,
    user: Any,
    answers: list[dict[str, str]],
    at: datetime,
    by: ChangedBy,
) -> LicenseApplication:
    """Write an application down, with a license that waits for approval and opens nothing.

    One at a time for a person and a product, which a unique constraint holds. Raises
    :class:`AppliedBefore`.
    """
    if is_approved(user, product, at=at):
        raise AppliedBefore("it was approved and waits to be paid")
    try:
        with transaction.atomic():
            license = issue_license(
                product=product,
                source=LicenseSource.APPROVAL,
                user=user,
                pending=PendingReason.APPROVAL,
                at=at,
                by=by,
            )
            return LicenseApplication.objects.create(
                product=product, user=user, license=license, answers=answers, created_at=at
            )
    except IntegrityError:
        raise AppliedBefore("an application waits already") from None


def approve_application(*, application_id: int, at: datetime, by: ChangedBy) -> LicenseApplication:
    """Approve an application: the license begins, or, if the product has a price, waits to be paid.

    Of two who decide at once one does. Raises :class:`DecidedBefore`.
    """
    with transaction.atomic():
        application = _waiting(application_id)
        _decide(application, ApplicationState.APPROVED, at=at, by=by)
        if is_to_pay(application.product):
            application.pay_until = at + conf.approval_lifetime
        application.save()
        with changing(license_id=application.license_id, at=at, by=by) as change:
            if change.license.pending_reason != PendingReason.APPROVAL:
                raise DecidedBefore("the license is gone")
            if application.pay_until is not None:
                change.license.pending_reason = PendingReason.PAYMENT.value
                change.kind = "approved"
            else:
                begin_term(change.license, first_start(application.product, at=at))
                _open(change, at)
    return application


def refuse_application(*, application_id: int, at: datetime, by: ChangedBy) -> LicenseApplication:
    """Refuse an application; ``by.reason`` is for the applicant. Raises :class:`DecidedBefore`, and
    ``LicenseError`` without a reason."""
    if not by.reason.strip():
        raise LicenseError("refusing needs a reason")
    with transaction.atomic():
        application = _waiting(application_id)
        application.reason = by.reason.strip()[:500]
        _decide(application, ApplicationState.REFUSED, at=at, by=by)
        application.save()
        revoke_license(license_id=application.license_id, at=at, by=by)
    return application


def is_to_pay(product: LicenseProduct) -> bool:
    """Tell whether ``product`` has a price at the configured account. One query."""
    return product.prices.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, is_archived=False
    ).exists()


def is_approved(user: Any, product: LicenseProduct, *, at: datetime) -> bool:
    """Tell whether ``user`` may pay for ``product`` at ``at``, because staff approved it. One query."""
    return _to_be_paid(user, product).filter(pay_until__gt=at).exists()


def take_approved_license(
    *, user: Any, product: LicenseProduct, source: str, at: datetime, by: ChangedBy
) -> License | None:
    """Return the license that was approved and is paid now; None where none waits for it.

    Its time begins now. For a subscription, what Stripe says is still to be applied to it; what is
    paid once is open. An approval that has lapsed meanwhile is no reason to keep the money: the
    caller issues a license as for anybody else, and so it does once the product needs no approval
    any more. Inside the transaction of the caller; no query for a product that needs none.
    """
    if product.issue_mode != IssueMode.APPROVAL:
        return None
    application = _to_be_paid(user, product).select_for_update().first()
    if application is None:
        return None
    with changing(license_id=application.license_id, at=at, by=by) as change:
        license = change.license
        if license.state != State.PENDING or license.pending_reason != PendingReason.PAYMENT:
            return None
        # Not a part of what history compares: saved by itself.
        License.objects.filter(pk=license.pk).update(source=source)
        license.source = source
        begin_term(license, first_start(product, at=at))
        if source != LicenseSource.SUBSCRIPTION:
            _open(change, at, trigger=Trigger.PAID)
    return license


def lapse_approvals(*, at: datetime, limit: int = 200) -> int:
    """End the licenses of approvals that nobody paid in time; return how many. One query if none."""
    late = LicenseApplication.objects.filter(
        pay_until__lte=at,
        license__state=State.PENDING,
        license__pending_reason=PendingReason.PAYMENT,
        license__billing_item=None,
    )
    ids = list(late.order_by("pay_until").values_list("license_id", flat=True)[:limit])
    by = ChangedBy(cause=Cause.CLOCK)
    for license_id in ids:
        with changing(license_id=license_id, at=at, by=by) as change:
            if change.license.pending_reason == PendingReason.PAYMENT:
                change.move(State.EXPIRED)
    return len(ids)


def _open(change: Change, at: datetime, trigger: Trigger = Trigger.APPROVED) -> None:
    if change.license.starts_at > at:
        change.license.pending_reason = PendingReason.START.value
        change.kind = trigger.value
    else:
        change.move(State.ACTIVE, trigger=trigger)


def _waiting(application_id: int) -> LicenseApplication:
    applications = LicenseApplication.objects.select_related("product")
    application = applications.select_for_update(of=("self",)).get(pk=application_id)
    if application.state != ApplicationState.WAITING:
        raise DecidedBefore("it was decided already")
    return application


def _decide(
    application: LicenseApplication, state: ApplicationState, *, at: datetime, by: ChangedBy
) -> None:
    application.state = state
    application.decided_at, application.decided_by = at, by.actor


def _to_be_paid(user: Any, product: LicenseProduct) -> QuerySet[LicenseApplication]:
    return LicenseApplication.objects.filter(
        user=user,
        product=product,
        state=ApplicationState.APPROVED,
        license__state=State.PENDING,
        license__pending_reason=PendingReason.PAYMENT,
    )
