"""Everything that members can have, at once, with real purchases at the simulator of Stripe."""

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.browser.premises import DAY, Premises
from tests.conftest import STAFF, give, make_product, make_user
from tests.portal.sales import subscribe
from wagtail_licensing.billing.checkout import confirm_checkout
from wagtail_licensing.courses import complete_lesson, take_quiz
from wagtail_licensing.domain.states import Cause, Hold, PendingReason, State
from wagtail_licensing.licenses import (
    ChangedBy,
    apply_for_license,
    approve_application,
    assign_seat,
    issue_to_guest,
    place_hold,
    refuse_application,
    revoke_license,
)
from wagtail_licensing.licenses.claims import issue_gift, prepare_gift
from wagtail_licensing.models import (
    BillingCustomer,
    BillingInvoice,
    BillingPayment,
    Certificate,
    CheckoutIntent,
    License,
    LicenseApplication,
    LicenseClaim,
    Organization,
    OrganizationDomain,
)
from wagtail_licensing.notices.people import token_for
from wagtail_licensing.privacy.delete import request_deletion
from wagtail_licensing.teams import add_domain, ask_for_transfer, invite, offer_license
from wagtail_licensing.testing import give_license, make_team

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff"
MEMBER = ChangedBy(cause=Cause.MEMBER)


class MemberWorld(Premises):
    """What everybody has: Alice all that there is, Charlie nothing, the others something."""

    def __init__(self, stripe_world: Any, **others: Any) -> None:
        super().__init__(stripe_world, **others)
        for name in ("dee", "dana", "wanda"):
            self.people[name] = make_user(name)
        self.alice = self.people["alice"]
        self.sell()
        self.check_out()
        self.make_a_team()
        self.give_things_away()
        self.take_applications()
        self.prepare_goodbyes()

    def sell(self) -> None:
        """Alice holds a license in every state, and Dana has a subscription."""
        alice, shop = self.alice, self.shop
        self.pro_license = shop.license_of(shop.subscribe(alice, shop.monthly))
        crew = shop.license_of(shop.subscribe(alice, shop.seats, quantity=5))
        now = self.now
        assign_seat(license_id=crew.pk, user=self.people["bob"], at=now, by=STAFF)
        week = now + 7 * DAY
        failing = subscribe(alice, self.basic_price, at=now, state=State.GRACE, access_until=week)
        ending = make_product("Reading room")
        subscribe(
            alice, shop.make_price(ending, 300, interval="month"), at=now, ends_at=week,
            access_until=week, renews=False,
        )  # fmt: skip
        give(alice, shop.course, at=now)
        give(alice, make_product("An old plan"), at=now - 60 * DAY, ends_at=now - 30 * DAY)
        stopped = give(alice, make_product(f"Archive of {LONG_NAME}"), at=now)
        place_hold(license_id=stopped.pk, hold=Hold.ADMIN, at=now, by=STAFF)
        taken = give(alice, make_product("Taken back"), at=now)
        revoke_license(license_id=taken.pk, at=now, by=STAFF)
        give(alice, make_product("A term to begin"), at=now, pending=PendingReason.CLAIM)
        shop.license_of(shop.subscribe(self.people["dana"], shop.monthly))
        customer = failing.billing_item.subscription.customer
        for number, (status, tried) in enumerate([("paid", True), ("open", True), ("void", False)]):
            BillingInvoice.objects.create(
                customer=customer, stripe_id=f"in_{number}", number=f"WL-000{number}", plan="Pro",
                status=status, attempted=tried, total=1200, currency="EUR", issued_at=now,
                hosted_url="https://pay.example/", pdf_url="https://pay.example/pdf",
            )  # fmt: skip
        BillingPayment.objects.create(
            customer=customer, stripe_id="pi_1", price=shop.once, amount=4900, currency="EUR",
            status="succeeded", paid_at=now,
        )  # fmt: skip
        complete_lesson(user=alice, lesson=self.lessons[0], at=now)
        complete_lesson(user=alice, lesson=self.lessons[1], at=now)
        take_quiz(user=alice, lesson=self.lessons[2], given={}, at=now)
        self.crew = crew
        self.paths |= {"crew": crew.reference, "pro": self.pro_license.reference}
        for state in ("valid", "revoked"):
            certificate = Certificate.objects.create(
                user=self.people["bob" if state == "valid" else "charlie"],
                course_id=self.course.pk,
                name=f"{LONG_NAME} " * 2,
                course_title="Wagtail in a week",
                issued_at=now,
                revoked_at=None if state == "valid" else now,
                revoke_reason="" if state == "valid" else "copied",
            )
            self.paths[f"certificate_{state}"] = certificate.number

    def check_out(self) -> None:
        """A checkout at each stage, one of them a guest's."""
        for stage, fields in {
            "open": {},
            "waiting": {"payment_status": "unpaid"},
            "ready": {"state": "completed", "payment_status": "paid"},
            "failed": {"state": "failed"},
            "expired": {"state": "expired"},
        }.items():
            intent = CheckoutIntent.objects.create(
                user=self.alice, price=self.shop.monthly, created_at=self.now,
                expires_at=self.now + DAY, **fields,
            )  # fmt: skip
            self.paths[f"checkout_{stage}"] = intent.nonce
        self.guest = Client()
        self.guest.post(reverse("wagtail_licensing:buy", args=[self.shop.once.pk]))
        intent = CheckoutIntent.objects.filter(user=None).get()
        self.shop.simulator.pay_checkout(intent.stripe_session_id, email="ada@example.com")
        self.guest.get(reverse("wagtail_licensing:checkout_return", args=[intent.nonce]))
        self.paths["checkout_guest"] = intent.nonce

    def make_a_team(self) -> None:
        """A team as full as it gets: long names, invitations, domains, offers, questions of staff."""
        alice, now = self.alice, self.now
        manager = make_user("max", first_name=LONG_NAME, last_name="O'Brien <b>")
        leila = make_user("leila", first_name="ليلى", last_name="حداد")
        office: Organization = make_team(
            "Office", alice, managers=[manager], members=[self.people["bob"], leila]
        )
        seats = give_license(None, make_product("Crew", seats=5), organization=office, at=now)
        for user in (alice, self.people["bob"], leila):
            assign_seat(license_id=seats.pk, user=user, at=now, by=STAFF)
        invitation = invite(
            email="dee@example.org", organization=office, license=seats, at=now, actor=alice
        )
        invite(
            email="d\u0435e@ex\u0430mple.org", license=self.crew, organization=None, at=now, actor=alice
        )
        add_domain(organization=office, domain="waiting.example", at=now, actor=alice)
        other = make_team("The school", manager)
        OrganizationDomain.objects.create(
            organization=other, domain="example.org", verified_at=now, is_open=True
        )
        spare = give(alice, make_product("Spare"), at=now)
        offer = offer_license(license=spare, email="dee@example.org", at=now, actor=alice)
        second = give(alice, make_product("Second spare"), at=now)
        ask_for_transfer(
            license=second, email="bob@example.org", at=now, actor=self.people["erin"], reason="Moved"
        )
        self.buy_for(office)
        self.paths |= {
            "office": office.slug,
            "poor_office": make_team("Poor office", alice).slug,
            "office_seats": seats.reference,
            "invitation": invitation.link_token,
            "offer": offer.link_token,
        }

    def buy_for(self, office: Organization) -> None:
        """What the team pays for, with an invoice."""
        intent = self.shop.buy(self.alice, self.shop.seats, organization=office, quantity=3)
        confirm_checkout(user=self.alice, nonce=intent.nonce, at=self.now)
        bought = License.objects.get(organization=office, billing_item__isnull=False)
        self.paths |= {"checkout_team": intent.nonce, "bought_for_office": bought.reference}
        BillingInvoice.objects.create(
            customer=BillingCustomer.objects.get(organization=office), stripe_id="in_office",
            number="OFFICE-0001", status="paid", plan="Team", total=2400, currency="EUR",
            issued_at=self.now, pdf_url="https://pay.example/office-0001",
        )  # fmt: skip

    def give_things_away(self) -> None:
        """Gifts at each stage, and what somebody without an account has bought."""
        claims: dict[str, LicenseClaim] = {}
        for name, email, send_at in (
            ("gift", "eve@example.org", self.now),
            ("late", "zoe@example.org", self.now - 400 * DAY),
            ("later", "yan@example.org", self.now + 9 * DAY),
        ):
            intent = CheckoutIntent.objects.create(
                user=self.alice, price=self.shop.year_pass, created_at=self.now,
                expires_at=self.now + DAY, state="completed", payment_status="paid",
            )  # fmt: skip
            at = min(send_at, self.now)
            claims[name] = prepare_gift(
                product=self.shop.pass_, intent=intent, giver=self.alice, email=email,
                recipient_name=f"Eve {LONG_NAME}", message="For you!\n\nHave fun.",
                send_at=send_at, language="en", at=at,
            )  # fmt: skip
            issue_gift(claim=claims[name], at=self.now, by=MEMBER)
            self.paths[f"checkout_{name}"] = intent.nonce
        issue_to_guest(product=self.basic, email="dee@example.org", at=self.now, by=MEMBER)
        claims["known"] = LicenseClaim.objects.get(email="dee@example.org")
        self.paths |= {f"claim_{name}": claim.link_token for name, claim in claims.items()}

    def take_applications(self) -> None:
        """An application that waits, one to be paid, one that was refused, one that came to nothing."""
        answers = [{"question": "Where?", "answer": "In the\nnorth"}]
        made: dict[str, LicenseApplication] = {}
        for name in ("alice", "bob", "charlie", "dee"):
            made[name] = apply_for_license(
                product=self.fellowship, user=self.people[name], answers=answers,
                at=self.now - 90 * DAY, by=MEMBER,
            )  # fmt: skip
            self.paths[f"application_{name}"] = made[name].license.reference
        approve_application(application_id=made["bob"].pk, at=self.now, by=STAFF)
        approve_application(application_id=made["dee"].pk, at=self.now - 89 * DAY, by=STAFF)
        reason = ChangedBy(cause=Cause.STAFF, reason="There are no more places this year.")
        refuse_application(application_id=made["charlie"].pk, at=self.now, by=reason)

    def prepare_goodbyes(self) -> None:
        """Wanda's account is to be deleted; Alice has a link out of her reminders."""
        wanda = self.people["wanda"]
        self.shop.license_of(self.shop.subscribe(wanda, self.shop.monthly))
        request_deletion(user=wanda, billing="period_end", at=self.now, requested_by=wanda)
        self.paths["no_reminders"] = token_for(self.alice)
