"""One mail of each kind, about rows that are really there, with names that mean harm."""

import datetime as dt

from tests.conftest import STAFF, give, make_product, make_user
from wagtail_licensing.domain.notices import APPLICATIONS, LINKS, Notice
from wagtail_licensing.domain.states import PendingReason
from wagtail_licensing.licenses import issue_license
from wagtail_licensing.models import (
    BillingCustomer,
    BillingInvoice,
    CheckoutIntent,
    Invitation,
    LicenseApplication,
    LicenseClaim,
    Organization,
    OutboxMessage,
    ProductPrice,
    Transfer,
)

HARM = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{% load x %}{{ settings }}"
LONG = "Wolfeschlegelsteinhausenbergerdorff " * 4
HEADER = "\r\nBcc: eve@example.org\r\n\r\n"

#: What mails are about an offer to an address, which is an invitation or a transfer.
OFFERED = {
    Notice.INVITATION,
    Notice.TRANSFER_ASKED,
    Notice.TRANSFER_OFFERED,
    Notice.TRANSFER_DONE,
}


def mail_of_kind(notice: Notice, *, at: dt.datetime) -> OutboxMessage:
    """Return the mail that waits about ``notice``; every name in it is hostile and long."""
    person = make_user("person", first_name=(HARM + HEADER)[:150], last_name=LONG[:150])
    product = make_product("x", kind="fixed_term", term_days=30)
    product.name = (HARM + HEADER + LONG)[:120]
    product.save()
    fields = {"notice": notice.value, "key": f"{notice}-1", "created_at": at, "next_try": at}
    if notice in OFFERED:
        return OutboxMessage.objects.create(**fields, **_offer(notice, person, product, at))
    if notice in {*LINKS, Notice.GIFT_CLAIMED}:
        claim = _claim(notice, person, product, at)
        reader = person if notice is Notice.GIFT_CLAIMED else None
        return OutboxMessage.objects.create(**fields, license=claim.license, user=reader)
    license = give(person, product, at=at, ends_at=at + dt.timedelta(days=30))
    OutboxMessage.objects.exclude(notice=notice.value).delete()
    OutboxMessage.objects.filter(license=license).delete()
    if notice in APPLICATIONS:
        LicenseApplication.objects.create(
            product=product, user=person, license=license, reason=HARM, created_at=at, answers={}
        )
    if notice is Notice.SEATS_OVER:
        license.seats_due_at = at
        license.save()
    if notice is Notice.RECEIPT:
        fields["invoice"] = _invoice(person, at)
    return OutboxMessage.objects.create(**fields, license=license, user=person)


def _invoice(person, at) -> BillingInvoice:
    customer = BillingCustomer.objects.create(user=person, stripe_id="cus_1")
    return BillingInvoice.objects.create(
        customer=customer,
        stripe_id="in_1",
        number=HARM,
        status="paid",
        total=123456,
        currency="EUR",
        issued_at=at,
    )


def _claim(notice, giver, product, at) -> LicenseClaim:
    kind = {Notice.CLAIM: "guest", Notice.REGISTRATION: "registration"}.get(notice, "gift")
    license = issue_license(
        product=product, source="by_hand", pending=PendingReason.CLAIM, at=at, by=STAFF
    )
    price = ProductPrice.objects.create(
        product=product, stripe_price_id="price_1", currency="EUR", unit_amount=100
    )
    intent = CheckoutIntent.objects.create(user=giver, price=price, created_at=at, expires_at=at)
    gift = {"giver": giver, "intent": intent, "recipient_name": (HARM + HEADER)[:120]}
    return LicenseClaim.objects.create(
        kind=kind,
        product=product,
        license=license,
        email="reader@example.org",
        email_key="reader@example.org",
        message=HARM if kind == "gift" else "",
        language="ar",
        send_at=at,
        created_at=at,
        link_expires_at=at + dt.timedelta(days=1),
        **(gift if kind == "gift" else {}),
    )


def _offer(notice, person, product, at) -> dict:
    team = Organization.objects.create(name=(HARM + LONG)[:120], slug="team", owner=person)
    common = {
        "email": "reader@example.org",
        "email_key": "reader@example.org",
        "created_at": at,
        "created_by": person,
        "expires_at": at + dt.timedelta(days=7),
        "mailed_at": at,
    }
    if notice is Notice.INVITATION:
        return {"invitation": Invitation.objects.create(organization=team, **common)}
    license = give(person, product, at=at)
    OutboxMessage.objects.all().delete()
    transfer = Transfer.objects.create(license=license, **common)
    reader = None if notice is Notice.TRANSFER_OFFERED else person
    return {"transfer": transfer, "license": license, "user": reader}
