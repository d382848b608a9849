"""A small business at Stripe: what tests do with it goes over the wire, like the real thing."""

import datetime as dt
import json
from itertools import count

import stripe
from django.urls import reverse

from tests.billing import clock
from tests.conftest import make_product
from wagtail_licensing.billing.apply import apply_target
from wagtail_licensing.billing.checkout import start_checkout
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.customers import ensure_customer
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.models import License, ProductPrice

SECRET = "whsec_suite"
_keys = count(1)


def sign(body: bytes | str, *, secret: str = SECRET, at: float | None = None) -> str:
    """Return the signature header for a body, made by Stripe's own SDK."""
    text = body.decode() if isinstance(body, bytes) else body
    return stripe.WebhookSignature.generate_signature_header(
        text, secret, None if at is None else int(at)
    )


class StripeWorld:
    """Products and prices at Stripe with their rows here, and verbs for what people do."""

    def __init__(self, simulator, pro, team) -> None:
        self.simulator = simulator
        self.pro, self.team = pro, team
        self.course = make_product("Course", kind="perpetual")
        self.pass_ = make_product("Year pass", kind="fixed_term", term_days=365)
        self.monthly = self.make_price(pro, 1200, interval="month")
        self.yearly = self.make_price(pro, 12000, interval="year")
        self.tried = self.make_price(pro, 1500, interval="month", trial_days=14)
        self.seats = self.make_price(team, 800, interval="month")
        self.once = self.make_price(self.course, 4900)
        self.year_pass = self.make_price(self.pass_, 9900)

    @property
    def now(self) -> dt.datetime:
        """The instant at Stripe."""
        return clock.now()

    def post(self, path, **params):
        """Do something at Stripe."""
        return Gateway().post(path, idempotency_key=f"test-{next(_keys)}", **params)

    def delete(self, path):
        """Cancel or delete something at Stripe."""
        return Gateway()._call("delete", path, {})

    def get(self, path, **params):
        """Look at something at Stripe."""
        return Gateway().get(path, **params)

    def make_price(self, product, amount, *, interval="", currency="EUR", trial_days=0, mapped=True):
        """Create a price at Stripe and, if ``mapped``, its row here; return the row, or the id."""
        theirs = self.post("/v1/products", name=product.name)
        params = {"product": theirs["id"], "currency": currency.lower(), "unit_amount": amount}
        if interval:
            params["recurring"] = {"interval": interval}
        price_id = self.post("/v1/prices", **params)["id"]
        if not mapped:
            return price_id
        return ProductPrice.objects.create(
            product=product,
            stripe_price_id=price_id,
            currency=currency,
            unit_amount=amount,
            interval=interval,
            trial_days=trial_days,
        )

    def customer(self, user, *, card: str = "ok"):
        """Return the customer of ``user`` with a card that pays (ok) or declines, or with none."""
        customer = ensure_customer(user=user, at=self.now)
        if card != "none":
            self.simulator.card(customer.stripe_id, card)
        return customer

    def subscribe(self, user, *prices, quantity=1, card="ok", **params):
        """Create a subscription at Stripe for ``user``; nothing here hears of it."""
        customer = self.customer(user, card=card)
        items = [
            {"price": getattr(price, "stripe_price_id", price), "quantity": quantity} for price in prices
        ]
        return self.post("/v1/subscriptions", customer=customer.stripe_id, items=items, **params)

    def sync(self, kind, object_id, *, at=None):
        """Read an object again, and whatever it leads to."""
        waiting = [request_sync(kind=kind, object_id=object_id, account="default", at=at or self.now)]
        while waiting:
            waiting += apply_target(target_id=waiting.pop(0), at=at or self.now).next_targets

    def license_of(self, subscription, *, at=None) -> License:
        """Read a subscription again and return its only license."""
        self.sync("subscription", subscription["id"], at=at)
        return License.objects.get(billing_item__subscription__stripe_id=subscription["id"])

    def checkout(self, user, price, **fields):
        """Start a checkout as the site does."""
        return start_checkout(
            user=user,
            price=price,
            at=self.now,
            success_url="http://testserver/licensing/checkout/{nonce}/",
            cancel_url="http://testserver/licensing/plans/",
            **fields,
        )

    def buy(self, user, price, *, card="ok", **fields):
        """Start a checkout and pay on Stripe's page; nothing here hears of it."""
        intent = self.checkout(user, price, **fields)
        self.simulator.pay_checkout(intent.stripe_session_id, card=card)
        return intent

    def events(self, *prefixes):
        """Return the events at Stripe, oldest first, of types that begin with one of ``prefixes``."""
        rows = list(Gateway().pages("/v1/events"))[::-1]
        return [row for row in rows if not prefixes or row["type"].startswith(prefixes)]

    def send(self, client, event, *, secret=SECRET):
        """Deliver one event to the webhook of the site."""
        body = json.dumps(event)
        return client.post(
            reverse("wagtail_licensing:stripe_webhook", args=["default"]),
            body,
            content_type="application/json",
            headers={"Stripe-Signature": sign(body, secret=secret)},
        )
