"""What happens at Stripe, and its documents as they stand: the truth that the site has to follow."""

import copy
import datetime as dt
from typing import Any

from example_site.stripe_simulator.errors import StripeError
from example_site.stripe_simulator.rendering import render
from tests.billing.convergence.oracle import Payment
from wagtail_licensing.billing.errors import StripeFailure
from wagtail_licensing.billing.refusals import CheckoutRefused

Json = dict[str, Any]

#: The last of a month with 31 days, before a February: where calendars go wrong first.
BEGINNING = int(dt.datetime(2030, 1, 31, 12, tzinfo=dt.UTC).timestamp())


class Business:
    """Customers and their subscriptions, payments, refunds and disputes in the simulator.

    Each verb does what Stripe allows, and nothing when Stripe refuses.
    """

    def __init__(self, stripe_world) -> None:
        self.world, self.simulator = stripe_world, stripe_world.simulator
        self.start = copy.deepcopy(self.simulator.world.dump())

    def begin_anew(self) -> None:
        """Forget everything that happened since the products and customers were made."""
        with self.simulator.world.lock:
            self.simulator.world.load(copy.deepcopy(self.start))
            self.simulator.world.replays = {}
            self.simulator.world.faults.clear()

    # --- documents ------------------------------------------------------------------------------

    def rows(self, kind: str) -> list[Json]:
        """Return all objects of a kind, oldest first."""
        with self.simulator.world.lock:
            return self.simulator.world.store.all(kind)

    def row(self, kind: str, id_: str | None) -> Json | None:
        with self.simulator.world.lock:
            return self.simulator.world.store.find(kind, id_ or "")

    def subscriptions(self) -> list[Json]:
        return self.rows("subscription")

    def events(self) -> list[Json]:
        """Return the events that Stripe sends, as they go over the wire."""
        with self.simulator.world.lock:
            return [render(self.simulator.world, event) for event in self.rows("event")]

    def invoices_of(self, subscription_id: str) -> list[Json]:
        def belongs(invoice: Json) -> bool:
            details = (invoice["parent"] or {}).get("subscription_details") or {}
            return details.get("subscription") == subscription_id

        return [invoice for invoice in self.rows("invoice") if belongs(invoice)]

    def debts_of(self, subscription_id: str) -> list[int]:
        """Return since when each open invoice is due that was tried, or sent."""
        due = [
            invoice["due_date"] or invoice["status_transitions"]["finalized_at"]
            for invoice in self.invoices_of(subscription_id)
            if invoice["status"] == "open" and (invoice["attempted"] or invoice["due_date"])
        ]
        latest = self.latest_invoice_of(subscription_id)
        if not due and latest:
            due = [latest["due_date"] or latest["status_transitions"]["finalized_at"]]
        return [moment for moment in due if moment]

    def latest_invoice_of(self, subscription_id: str) -> Json | None:
        subscription = self.row("subscription", subscription_id)
        return self.row("invoice", subscription["latest_invoice"]) if subscription else None

    def payments_of(self, subscription_id: str) -> list[Payment]:
        """Return the payments of a subscription, each with the whole periods that it paid."""
        invoices = {invoice["id"]: invoice for invoice in self.invoices_of(subscription_id)}
        return [
            self._payment(link["payment"]["payment_intent"], invoices[link["invoice"]])
            for link in self.rows("invoice_payment")
            if link["invoice"] in invoices and link["status"] == "paid"
        ]

    def _payment(self, intent_id: str, invoice: Json) -> Payment:
        terms = {}
        for line in invoice["lines"]["data"]:
            details = line["parent"]["subscription_item_details"]
            if details and not details["proration"]:
                terms[details["subscription_item"]] = line["period"]["start"]
        is_first = invoice["billing_reason"] == "subscription_create"
        return self.payment(intent_id, is_first=is_first, terms=terms)

    def payment(self, intent_id: str, **fields: Any) -> Payment:
        """Return what became of the money of a payment intent."""
        intent = self.row("payment_intent", intent_id)
        charge = self.row("charge", intent["latest_charge"])
        disputes = [row for row in self.rows("dispute") if row["payment_intent"] == intent_id]
        return Payment(
            amount=intent["amount_received"],
            refunded=charge["amount_refunded"] if charge else 0,
            disputes=frozenset(row["status"] for row in disputes),
            **fields,
        )

    # --- verbs ----------------------------------------------------------------------------------

    def attempt(self, verb, *args: Any, **kwargs: Any) -> Any:
        """Do something at Stripe, and return None where Stripe refuses, or the site does."""
        faults = self.simulator.world.faults
        waiting, faults.api = faults.api, []
        try:
            return verb(*args, **kwargs)
        except (StripeFailure, StripeError, CheckoutRefused):
            return None
        finally:
            faults.api = waiting

    def change(self, subscription_id: str, **params: Any) -> None:
        self.attempt(self.world.post, f"/v1/subscriptions/{subscription_id}", **params)

    def act(self, subscription_id: str, verb: str) -> None:
        """Pause or resume a subscription."""
        self.attempt(self.world.post, f"/v1/subscriptions/{subscription_id}/{verb}")

    def change_item(self, item_id: str, **params: Any) -> None:
        self.attempt(self.world.post, f"/v1/subscription_items/{item_id}", **params)

    def end(self, path: str) -> None:
        self.attempt(self.world.delete, path)
