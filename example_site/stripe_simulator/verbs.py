"""What people and banks do, as a Python API: pay, cancel, dispute."""

from __future__ import annotations

from typing import Any

from .billing import cancellation, checkout, disputing, engine, payments, refunding, settling
from .events import changing
from .rendering import render
from .store import Json, private
from .world import World


class Verbs:
    """The part of `Simulator` that acts for those who are not a program."""

    world: World

    def cards_of(self, customer_id: str) -> list[Json]:
        rows = self.world.store.all("payment_method")
        return [row for row in rows if row["customer"] == customer_id]

    def card(self, customer_id: str, behaviour: str) -> None:
        """From now on charges of this customer succeed (`ok`) or fail (`decline`)."""
        if behaviour not in {"ok", "decline"}:
            raise ValueError("behaviour must be ok or decline")
        with self.world.lock:
            customer = self.world.store.get("customer", customer_id)
            for each in self.cards_of(customer_id):
                private(each)["behaviour"] = behaviour
            if not self.cards_of(customer_id):
                checkout.change_card(self.world, customer, behaviour)

    def pay_checkout(self, session_id: str, *, card: str = "ok", email: str | None = None) -> Json:
        """What the hosted page does on Pay. *card*: ok, decline (raises `StripeError`) or delayed."""
        if card not in payments.CARDS:
            raise ValueError("card must be ok, decline or delayed")
        with self.world.lock:
            engine.catch_up(self.world)
            session = self.world.store.get("checkout.session", session_id)
            email = email or session["customer_email"] or "buyer@example.com"
            checkout.complete(self.world, session, behaviour=card, email=email)
            self.world.touched()
            return render(self.world, session)

    def settle_checkout(self, session_id: str, *, succeed: bool) -> Json:
        """The delayed payment of a completed session arrives, or fails."""
        with self.world.lock:
            session = self.world.store.get("checkout.session", session_id)
            checkout.settle_later(self.world, session, succeed=succeed)
            self.world.touched()
            return render(self.world, session)

    def settle_payment(self, intent_id: str, *, succeed: bool) -> Json:
        """A bank debit arrives, or fails, before its five days are over."""
        with self.world.lock:
            intent = self.world.store.get("payment_intent", intent_id)
            settling.settle(self.world, intent, succeed=succeed)
            self.world.touched()
            return render(self.world, intent)

    def cancel_in_portal(self, subscription_id: str) -> Json:
        """Cancel at the end of the period as a member does in the portal."""
        with self.world.lock:
            subscription = self.world.store.get("subscription", subscription_id)
            with changing(self.world, subscription, "customer.subscription.updated"):
                cancellation.schedule_as_portal(self.world, subscription)
            return render(self.world, subscription)

    def dispute(self, charge_id: str, *, status: str = "needs_response", **fields: Any) -> Json:
        """The payer's bank disputes a charge; a status with `warning_` is an inquiry.

        *fields*: `reason`, and `amount` in minor units.
        """
        with self.world.lock:
            charge = self.world.store.get("charge", charge_id)
            row = disputing.dispute(self.world, charge, status=status, **fields)
            self.world.touched()
            return render(self.world, row)

    def decide_dispute(self, dispute_id: str, *, status: str) -> Json:
        """Move a dispute on: under_review, won, lost, prevented, warning_closed, ..."""
        with self.world.lock:
            row = self.world.store.get("dispute", dispute_id)
            disputing.decide(self.world, row, status=status)
            return render(self.world, row)

    def fail_refund(self, refund_id: str, *, reason: str = "expired_or_canceled_card") -> Json:
        """A refund bounces: the money is back with the seller."""
        with self.world.lock:
            refund = self.world.store.get("refund", refund_id)
            refunding.fail(self.world, refund, reason=reason)
            return render(self.world, refund)
