"""A small shop on the simulator: one monthly product, one course bought once, Ada with a good card."""

from dataclasses import dataclass

import pytest
import stripe

from .wire import client, receiver, simulator

__all__ = ["client", "receiver", "simulator"]


@dataclass
class Shop:
    client: stripe.StripeClient
    pro: stripe.Product
    monthly: stripe.Price
    yearly: stripe.Price
    course: stripe.Price
    ada: stripe.Customer

    def subscribe(self, *, expand: list[str] | None = None, **params: object) -> stripe.Subscription:
        given = {
            "customer": self.ada.id,
            "items": [{"price": self.monthly.id, "quantity": 3}],
            **params,
        }
        return self.client.v1.subscriptions.create(given, {})

    def subscription(self, id_: str) -> stripe.Subscription:
        return self.client.v1.subscriptions.retrieve(id_)

    def event_types(self) -> list[str]:
        """Oldest first."""
        rows = list(self.client.v1.events.list({"limit": 100}).auto_paging_iter())
        return [row.type for row in reversed(rows)]


@pytest.fixture
def shop(client: stripe.StripeClient) -> Shop:
    pro = client.v1.products.create({"name": "Pro"})
    course = client.v1.products.create({"name": "Wagtail in a week"})

    def price(product: str, amount: int, interval: str | None, key: str) -> stripe.Price:
        recurring = {"recurring": {"interval": interval}} if interval else {}
        return client.v1.prices.create(
            {
                "product": product,
                "currency": "eur",
                "unit_amount": amount,
                "lookup_key": key,
                **recurring,
            }
        )

    return Shop(
        client=client,
        pro=pro,
        monthly=price(pro.id, 2000, "month", "pro_month"),
        yearly=price(pro.id, 20000, "year", "pro_year"),
        course=price(course.id, 4900, None, "course"),
        ada=client.v1.customers.create(
            {
                "email": "ada@example.com",
                "name": "Ada",
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
            }
        ),
    )
