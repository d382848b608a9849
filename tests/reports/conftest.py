"""The book: sixty subscriptions, read from Stripe by the code that reads them in production."""

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conftest import make_product, make_user
from wagtail_licensing.billing.facts import ItemFacts, SubscriptionFacts
from wagtail_licensing.billing.origin import Origin
from wagtail_licensing.billing.prices import PriceFacts
from wagtail_licensing.billing.revenue import end_discounts
from wagtail_licensing.billing.subscriptions import write_subscription
from wagtail_licensing.domain.periods import midnight, next_month
from wagtail_licensing.domain.revenue import Discount
from wagtail_licensing.models import BillingCustomer, ProductPrice

BOOK = Path(__file__).parent / "book"

#: The first instant after the fourteen months, and a little.
END = dt.datetime(2024, 11, 1, 0, 1, tzinfo=dt.UTC)


def at_the_end() -> dt.datetime:
    """The clock of a site that looks back on the book."""
    return END


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of the book."""
    with (BOOK / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def instant(text: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


@pytest.fixture
def book(db):
    """Have the whole book read, line by line, with the clock's work at the beginning of each month."""
    products = {"pro": make_product("Pro"), "basic": make_product("Basic")}
    products["team"] = make_product("Team", per_seat=True, seats=5)
    prices = {row["price"]: row for row in rows("prices")}
    for key, row in prices.items():
        ProductPrice.objects.create(
            product=products[row["product"]],
            stripe_price_id=key,
            currency=row["currency"],
            unit_amount=int(row["unit_amount"]),
            interval=row["interval"],
            interval_count=int(row["interval_count"]),
        )
    facts = rows("facts")
    for name in sorted({row["subscription"] for row in facts}):
        BillingCustomer.objects.create(stripe_id=f"cus_{name}", user=make_user(name.lower()))
    started: dict[str, dt.datetime | None] = {}
    month = dt.date(2023, 9, 1)
    for row in facts:
        read_at = dt.datetime.fromisoformat(row["read_at"])
        while midnight(next_month(month)) <= read_at:
            month = next_month(month)
            end_discounts(at=midnight(month) + dt.timedelta(seconds=5))
        name = row["subscription"]
        started.setdefault(name, instant(row["started_at"]))
        write_subscription(
            facts_of(row, started[name], prices[row["price"]], read_at),
            origin=Origin(account="default", livemode=False, event_id=f"evt_{name}", at=read_at),
        )
    return products


def read_again(row, *, at: dt.datetime) -> None:
    """Read what stands in a line of the book once more: its term has been extended."""
    price = next(each for each in rows("prices") if each["price"] == row["price"])
    write_subscription(
        facts_of(row, instant(row["started_at"]), price, at),
        origin=Origin(account="default", livemode=False, event_id="evt_again", at=at),
    )


def facts_of(row, started_at, price, read_at) -> SubscriptionFacts:
    """Return what Stripe says in one line of the book."""
    off, until = row["off"], instant(row["off_until"])
    percent = Decimal(off.rstrip("%")) if off.endswith("%") else None
    discounts = (
        (Discount(percent_off=percent, amount_off=0 if percent else int(off), ends_at=until),)
        if off
        else ()
    )
    item = ItemFacts(
        id=f"si_{row['subscription']}",
        price_id=row["price"],
        quantity=int(row["quantity"]),
        period_start=started_at,
        period_end=read_at + dt.timedelta(days=40),
        price=PriceFacts(
            price["currency"], int(price["unit_amount"]), price["interval"], int(price["interval_count"])
        ),
    )
    status = row["status"]
    return SubscriptionFacts(
        id=f"sub_{row['subscription']}",
        customer_id=f"cus_{row['subscription']}",
        status="active" if status == "leaving" else status,
        started_at=started_at,
        items=(item,),
        cancel_at_period_end=status == "leaving",
        ended_at=instant(row["ended_at"]),
        trial_end=instant(row["trial_end"]),
        past_due_since=read_at if status == "past_due" else None,
        discounts=discounts,
    )
