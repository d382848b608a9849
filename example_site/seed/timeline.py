"""Fourteen months at the simulated Stripe: who subscribed when, who failed to pay, who left.

The clock of Stripe and of the site starts in the past and moves from one moment to the next; after
each, the site reads Stripe as it would after an outage. So both agree, and every license has a
history. What no subscription can say is given by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from typing import Any

from django.core.management import call_command

from wagtail_licensing.models import BillingCustomer, LicenseProduct, ProductPrice

from .. import clock
from ..simulator_client import SimulatorError, advance_clock, part, set_card, stripe
from . import hands

GOOD_CARD = "pm_card_visa"


@dataclass
class Play:
    """What the scenes share: products by slug, users by name, subscription ids by user name."""

    products: dict[str, LicenseProduct]
    cast: dict[str, Any]
    subscriptions: dict[str, str]


@dataclass(frozen=True)
class Scene:
    """Something that happens so many days ago."""

    days_ago: float
    act: Callable[[Play], None]


def subscribe(
    number: int, days_ago: float, slug: str, interval: str = "month", trial: bool = False, seats: int = 1
) -> Scene:
    """Member ``number`` starts a subscription."""

    def act(play: Play) -> None:
        name = f"member-{number:02}"
        user = play.cast[name]
        customer = stripe(
            "POST",
            "/v1/customers",
            {"name": user.get_full_name(), "email": user.email, "metadata": {"user": user.pk}},
        )
        BillingCustomer.objects.create(user=user, stripe_id=customer["id"], synced_at=clock.now())
        use_card(customer["id"], GOOD_CARD)
        price = ProductPrice.objects.get(product=play.products[slug], interval=interval)
        given = {
            "customer": customer["id"],
            "items": [{"price": price.stripe_price_id, "quantity": seats}],
        }
        if trial:
            given["trial_period_days"] = 14
        play.subscriptions[name] = stripe("POST", "/v1/subscriptions", given)["id"]

    return Scene(days_ago, act)


def use_card(customer: str, card: str) -> None:
    """Let a customer pay with one of Stripe's test cards from now on."""
    method = stripe("POST", f"/v1/payment_methods/{card}/attach", {"customer": customer})
    stripe(
        "POST",
        f"/v1/customers/{part(customer)}",
        {"invoice_settings": {"default_payment_method": method["id"]}},
    )


def card_fails(number: int, days_ago: float) -> Scene:
    """From then on the card of member ``number`` is declined."""

    def act(play: Play) -> None:
        user = play.cast[f"member-{number:02}"]
        set_card(BillingCustomer.objects.get(user=user).stripe_id, works=False)

    return Scene(days_ago, act)


def change(number: int, days_ago: float, given: dict[str, Any]) -> Scene:
    """The subscription of member ``number`` is changed at Stripe."""

    def act(play: Play) -> None:
        stripe("POST", f"/v1/subscriptions/{play.subscriptions[f'member-{number:02}']}", given)

    return Scene(days_ago, act)


def pause(number: int, days_ago: float) -> Scene:
    """The subscription of member ``number`` rests."""

    def act(play: Play) -> None:
        stripe("POST", f"/v1/subscriptions/{play.subscriptions[f'member-{number:02}']}/pause")

    return Scene(days_ago, act)


def cancel(number: int, days_ago: float) -> Scene:
    """The subscription of member ``number`` ends at once."""

    def act(play: Play) -> None:
        stripe("DELETE", f"/v1/subscriptions/{play.subscriptions[f'member-{number:02}']}")

    return Scene(days_ago, act)


def switch(number: int, days_ago: float, slug: str) -> Scene:
    """Member ``number`` changes to the monthly price of another product."""

    def act(play: Play) -> None:
        id_ = play.subscriptions[f"member-{number:02}"]
        item = stripe("GET", f"/v1/subscriptions/{id_}")["items"]["data"][0]["id"]
        price = ProductPrice.objects.get(product=play.products[slug], interval="month")
        given = {"items": [{"id": item, "price": price.stripe_price_id}]}
        stripe("POST", f"/v1/subscriptions/{id_}", given)

    return Scene(days_ago, act)


def half_price(number: int, days_ago: float) -> Scene:
    """Member ``number`` pays half for two months."""

    def act(play: Play) -> None:
        terms = {"percent_off": 50, "duration": "repeating", "duration_in_months": 2}
        coupon = stripe("POST", "/v1/coupons", {"name": "Two months at half price", **terms})
        id_ = play.subscriptions[f"member-{number:02}"]
        stripe("POST", f"/v1/subscriptions/{id_}", {"discounts": [{"coupon": coupon["id"]}]})

    return Scene(days_ago, act)


LEAVES = {"cancel_at_period_end": True}

SCENES = (
    # Pro, paid by the month and by the year.
    *(subscribe(number, 420 - 35 * number, "pro") for number in range(1, 9)),
    *(subscribe(number, 300 - 60 * (number - 9), "pro", "year") for number in range(9, 12)),
    # Basic.
    *(subscribe(number, 200 - 50 * (number - 12), "basic") for number in range(12, 15)),
    # Trials: two in the middle, two near the end.
    *(subscribe(number, 5, "pro", trial=True) for number in (15, 16)),
    *(subscribe(number, 12, "pro", trial=True) for number in (17, 18)),
    # Past due: three in grace, two beyond it. A month has 28 to 31 days, so each joined 93 days
    # before the renewal that fails, and the card fails a fortnight before that.
    *(subscribe(number, 95, "pro") for number in (19, 20, 21)),
    *(card_fails(number, 20) for number in (19, 20, 21)),
    *(subscribe(number, 101, "pro") for number in (22, 23)),
    *(card_fails(number, 20) for number in (22, 23)),
    # Paused.
    subscribe(24, 130, "pro"),
    pause(24, 40),
    # Leaves at the end of what is paid.
    *(subscribe(number, 80, "pro") for number in (25, 26)),
    *(change(number, 10, LEAVES) for number in (25, 26)),
    # Cancelled at once.
    *(subscribe(number, 170, "pro") for number in (27, 28)),
    *(cancel(number, 60) for number in (27, 28)),
    # Left, and what was paid is over.
    *(subscribe(number, 250, "pro") for number in (29, 30)),
    *(change(number, 160, LEAVES) for number in (29, 30)),
    # One wants more, one wants less, one gets a discount that is over by now.
    switch(12, 110, "pro"),
    switch(8, 70, "basic"),
    half_price(5, 75),
    # A team of five; three have a seat beside the one who pays.
    subscribe(35, 150, "team", seats=5),
    Scene(145, hands.seat_the_team),
    # By hand, without Stripe.
    Scene(200, hands.give_to_the_press),
    Scene(90, hands.sell_the_course),
    Scene(30, hands.lock_out),
    Scene(1, hands.give_for_later),
    Scene(60, hands.share_in_a_team),
    Scene(1, hands.invite_a_colleague),
    # Nothing happens, but the site looks: failed renewals and their grace, and today.
    *(Scene(days_ago, lambda play: None) for days_ago in (8, 3, 0)),
)


def play(products: dict[str, LicenseProduct], cast: dict[str, Any]) -> None:
    """Play every scene in the order of time, and arrive at today."""
    stage = Play(products, cast, {})
    scenes = sorted(SCENES, key=lambda scene: -scene.days_ago)
    for days_ago, together in groupby(scenes, key=lambda scene: scene.days_ago):
        move_to(-days_ago)
        for scene in together:
            scene.act(stage)
        catch_up()


def move_to(days: float) -> None:
    """Advance Stripe and the site to ``days`` from real time (negative: ago)."""
    seconds = round(days * 86400) - clock.offset_seconds()
    if seconds > 0:
        clock.set_offset(advance_clock(seconds))
    elif seconds < 0:
        raise SimulatorError("The simulated clock cannot go back.")


def catch_up() -> None:
    """Read Stripe as after an outage, end what has ended, and write the figures of the days between."""
    call_command("licensing_reconcile", stdout=StringIO())
    call_command("licensing_sweep", stdout=StringIO())
    call_command("licensing_figures", stdout=StringIO())
