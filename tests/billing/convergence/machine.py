"""A world in which everything goes wrong, as a state machine for Hypothesis.

Stripe lives on, its events arrive late, twice, in any order or never, workers stall and lose their
leases, the nets run when they like. After each step what must always hold is looked at; now and then,
and at the end, everything comes to rest and is compared with the oracle.
"""

from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.billing.convergence import looks
from tests.billing.convergence.business import Business
from tests.billing.convergence.oracle import Promise
from tests.billing.convergence.site import Site
from tests.conftest import STAFF
from wagtail_licensing.billing.checkout import confirm_checkout
from wagtail_licensing.licenses import LicenseError, assign_seat, invite_to_seat, release_seat
from wagtail_licensing.models import CheckoutIntent, License, LicenseProduct, LicenseSeat

#: The nightly comparison runs at least this often, whatever else happens: it looks back half a year.
LONGEST_NIGHT = 60 * 86400

numbers = st.integers(min_value=0, max_value=7)
promises = st.builds(
    Promise,
    past_due=st.sampled_from(["grace", "suspend", "keep"]),
    grace_days=st.sampled_from([7, 0, 20]),
    unpaid=st.sampled_from(["suspend", "expire"]),
    honours_paid_term=st.booleans(),
    full_refund=st.sampled_from(["revoke", "flag", "keep"]),
    open_dispute=st.sampled_from(["hold", "flag"]),
)


class World(RuleBasedStateMachine):
    """See the module. Subclasses set ``business`` and ``people``."""

    business: Business
    people: list[Any]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint._from_testcase = True
        self.savepoint.__enter__()
        self.business.begin_anew()
        self.world = self.business.world
        self.site, self.versions = Site(self.business), looks.Versions()
        self.compared_at = self.now

    @property
    def now(self) -> int:
        return self.business.simulator.now

    def teardown(self) -> None:
        try:
            self.everything_comes_to_rest()
        finally:
            self.undo()

    def undo(self) -> None:
        """Leave the tables as they were."""
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize(
        pro=promises,
        team=promises,
        final=st.sampled_from(["canceled", "unpaid", "past_due", "paused"]),
        mode=st.sampled_from(["flexible", "classic"]),
    )
    def open_shop(self, pro: Promise, team: Promise, final: str, mode: str) -> None:
        self.promises = {self.world.course.pk: pro}
        LicenseProduct.objects.filter(pk=self.world.course.pk).update(**pro.__dict__)
        for product, promise in ((self.world.pro, pro), (self.world.team, team)):
            LicenseProduct.objects.filter(pk=product.pk).update(**promise.__dict__)
            self.promises[product.pk] = promise
        self.business.simulator.set_settings(final_action=final, default_billing_mode=mode)

    # --- what happens at Stripe -----------------------------------------------------------------

    @precondition(lambda self: len(self.business.subscriptions()) < 3)
    @rule(
        who=numbers,
        prices=st.sampled_from(
            ["monthly", "seats", "monthly seats", "seats yearly", "tried", "unmapped"]
        ),
        quantity=st.integers(min_value=1, max_value=4),
        trial=st.sampled_from([0, 0, 14]),
        card=st.sampled_from(["ok", "ok", "ok", "decline"]),
    )
    def somebody_subscribes(self, who, prices, quantity, trial, card) -> None:
        bought = [getattr(self.world, name) for name in prices.split()]
        self.business.attempt(
            self.world.subscribe,
            self.people[who % 2],
            *bought,
            quantity=quantity,
            card=card,
            trial_period_days=trial,
        )

    @precondition(lambda self: self.business.subscriptions())
    @rule(
        which=numbers,
        what=st.sampled_from(
            [
                "cancels_at_period_end",
                "cancels_at",
                "goes_on",
                "quantity",
                "quantity",
                "switches",
                "adds_item",
                "removes_item",
                "replaces_item",
                "pauses",
                "resumes",
                "pauses_collection",
                "resumes_collection",
                "card_fails",
                "card_works",
                "trial_ends",
                "ends",
                "customer_is_deleted",
            ]
        ),
        number=numbers,
    )
    def something_happens(self, which: int, what: str, number: int) -> None:
        rows = self.business.subscriptions()
        subscription = rows[which % len(rows)]
        getattr(self, f"_{what}")(subscription, number)

    def _cancels_at_period_end(self, row, number) -> None:
        self.business.change(row["id"], cancel_at_period_end=True)

    def _cancels_at(self, row, number) -> None:
        self.business.change(row["id"], cancel_at=self.now + (number + 1) * 9 * 86400)

    def _goes_on(self, row, number) -> None:
        self.business.change(row["id"], cancel_at_period_end=False)
        self.business.change(row["id"], cancel_at="")

    def _quantity(self, row, number) -> None:
        item = row["items"]["data"][number % len(row["items"]["data"])]
        self.business.change_item(item["id"], quantity=max(number, 1))

    def _price(self, number: int) -> str:
        names = ["monthly", "yearly", "seats", "monthly", "seats", "yearly", "tried", "unmapped"]
        price = getattr(self.world, names[number])
        return getattr(price, "stripe_price_id", price)

    def _switches(self, row, number) -> None:
        self.business.change_item(row["items"]["data"][0]["id"], price=self._price(number))

    def _adds_item(self, row, number) -> None:
        path = "/v1/subscription_items"
        self.business.attempt(
            self.world.post, path, subscription=row["id"], price=self._price(number), quantity=2
        )

    def _removes_item(self, row, number) -> None:
        item = row["items"]["data"][number % len(row["items"]["data"])]
        self.business.end(f"/v1/subscription_items/{item['id']}")

    def _replaces_item(self, row, number) -> None:
        """As the portal switches plans: one item goes, another one comes."""
        old = row["items"]["data"][0]["id"]
        new = {"price": self._price(number), "quantity": 1}
        self.business.change(row["id"], items=[{"id": old, "deleted": True}, new])

    def _pauses(self, row, number) -> None:
        self.business.act(row["id"], "pause")

    def _resumes(self, row, number) -> None:
        self.business.act(row["id"], "resume")

    def _pauses_collection(self, row, number) -> None:
        self.business.change(row["id"], pause_collection={"behavior": "void"})

    def _resumes_collection(self, row, number) -> None:
        self.business.change(row["id"], pause_collection="")

    def _card_fails(self, row, number) -> None:
        self.business.attempt(self.business.simulator.card, row["customer"], "decline")

    def _card_works(self, row, number) -> None:
        self.business.attempt(self.business.simulator.card, row["customer"], "ok")
        for invoice in self.business.invoices_of(row["id"]):
            if invoice["status"] == "open":
                self.business.attempt(self.world.post, f"/v1/invoices/{invoice['id']}/pay")

    def _trial_ends(self, row, number) -> None:
        self.business.change(row["id"], trial_end="now")

    def _ends(self, row, number) -> None:
        self.business.end(f"/v1/subscriptions/{row['id']}")

    def _customer_is_deleted(self, row, number) -> None:
        if number == 0:
            self.business.end(f"/v1/customers/{row['customer']}")

    @rule(who=numbers)
    def somebody_buys_once(self, who: int) -> None:
        self.business.attempt(self.world.buy, self.people[who % 2], self.world.once)

    @rule(which=numbers)
    def somebody_comes_back_from_the_checkout(self, which: int) -> None:
        intents = list(CheckoutIntent.objects.order_by("pk"))
        if intents:
            intent = intents[which % len(intents)]
            confirm_checkout(user=intent.user, nonce=intent.nonce, at=self.world.now)

    @precondition(lambda self: self.business.rows("charge"))
    @rule(which=numbers, what=st.sampled_from(["refund", "refund", "part", "dispute", "inquiry"]))
    def money_goes_back(self, which: int, what: str) -> None:
        charges = self.business.rows("charge")
        charge = charges[-1 - which % len(charges)]["id"]
        if what in {"refund", "part"}:
            amount = {"amount": 300} if what == "part" else {}
            self.business.attempt(self.world.post, "/v1/refunds", charge=charge, **amount)
        else:
            status = "needs_response" if what == "dispute" else "warning_needs_response"
            self.business.attempt(self.business.simulator.dispute, charge, status=status)

    @precondition(lambda self: self.business.rows("refund"))
    @rule(which=numbers)
    def a_refund_fails(self, which: int) -> None:
        rows = self.business.rows("refund")
        self.business.attempt(self.business.simulator.fail_refund, rows[which % len(rows)]["id"])

    @precondition(lambda self: self.business.rows("dispute"))
    @rule(which=numbers, how=st.sampled_from(["won", "lost", "under_review", "appeal_under_review"]))
    def a_dispute_goes_on(self, which: int, how: str) -> None:
        rows = self.business.rows("dispute")
        dispute = rows[which % len(rows)]["id"]
        self.business.attempt(self.business.simulator.decide_dispute, dispute, status=how)

    @rule(days=st.sampled_from([1, 1, 4, 8, 16, 31]))
    def time_passes(self, days: int) -> None:
        self.business.simulator.advance(days=days)
        if self.now - self.compared_at > LONGEST_NIGHT:
            self.versions.note(self.business)
            self.everything_comes_to_rest()

    @rule(minutes=st.sampled_from([1, 2, 61]))
    def a_moment_passes(self, minutes: int) -> None:
        self.business.simulator.advance(minutes=minutes)

    # --- what reaches us, and what we do --------------------------------------------------------

    @precondition(lambda self: self.business.rows("event"))
    @rule(
        picks=st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=4),
        at_once=st.booleans(),
    )
    def events_arrive(self, picks: list[int], at_once: bool) -> None:
        """Some of the latest events, in any order, again or for the first time; the others do not."""
        events = self.business.events()
        for pick in picks:
            self.site.hear(events[-1 - pick % len(events)], at_once=at_once)

    @rule(status=st.sampled_from([429, 500]), count=st.integers(min_value=1, max_value=3))
    def the_line_fails(self, status: int, count: int) -> None:
        self.business.simulator.set_faults(api=[{"status": status, "count": count}])

    @rule(number=numbers)
    def a_worker_reads(self, number: int) -> None:
        self.site.start_worker(number)

    @precondition(lambda self: self.site.stalled)
    @rule(number=numbers)
    def a_worker_writes(self, number: int) -> None:
        self.site.finish_worker(number)

    @rule(which=numbers, what=st.sampled_from(["", "", "quantity", "cancels_at", "goes_on", "ends"]))
    def a_batch_oversleeps(self, which: int, what: str) -> None:
        """A batch reads, loses its leases to the nets if something happens meanwhile, and writes."""

        def meanwhile() -> None:
            if what:
                self.something_happens(which=which, what=what, number=which)
                self.business.simulator.advance(minutes=2)
                self.versions.note(self.business)
                self.site.reconcile(everything=True)
                self.it_is_right_at_any_moment()

        self.site.work_off_a_batch(meanwhile)

    @rule()
    def the_sweep_comes_by(self) -> None:
        self.site.sweep()

    @rule(everything=st.booleans())
    def the_nets_are_drawn(self, everything: bool) -> None:
        self.site.reconcile(everything=everything)

    @rule(what=st.sampled_from(["assign", "assign", "invite", "release"]), which=numbers, who=numbers)
    def the_holder_deals_with_seats(self, what: str, which: int, who: int) -> None:
        licenses = list(License.objects.filter(uses_seats=True).order_by("pk"))
        seats = list(LicenseSeat.objects.exclude(state="released").order_by("pk"))
        at = self.world.now
        try:
            if what == "release" and seats:
                release_seat(seat_id=seats[which % len(seats)].pk, at=at, by=STAFF)
            elif what == "assign" and licenses:
                user, license = self.people[who % len(self.people)], licenses[which % len(licenses)]
                assign_seat(license_id=license.pk, user=user, at=at, by=STAFF)
            elif what == "invite" and licenses:
                license = licenses[which % len(licenses)]
                invite_to_seat(license_id=license.pk, email=f"p{who}@example.org", at=at, by=STAFF)
        except LicenseError:
            return

    # --- what must hold -------------------------------------------------------------------------

    @invariant()
    def it_is_right_at_any_moment(self) -> None:
        self.versions.note(self.business)
        self.versions.assert_never_back_and_never_ahead()
        if hasattr(self, "promises"):
            self.versions.assert_nothing_opens_that_was_not_paid(self.promises, self.now)
        looks.assert_history_replayed_is_the_state()
        looks.assert_grants_equal_seats(self.now)
        looks.assert_no_more_people_than_seats_unnoticed()

    @rule()
    def everything_comes_to_rest(self) -> None:
        if not hasattr(self, "promises"):
            return
        assert self.site.come_to_rest() is not None
        self.compared_at = self.now
        self.it_is_right_at_any_moment()
        looks.assert_nothing_waits()
        looks.assert_licenses_are_what_stripe_says(self.business, self.promises, self.now)
        looks.assert_purchases_are_what_stripe_says(self.business, self.promises, self.now)
        before = looks.everything()
        report = self.site.reconcile(everything=True)
        assert (report.events_new, report.differing) == (0, 0)
        assert looks.everything() == before
