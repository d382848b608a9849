"""Coupons and promotion codes: an amount or a percentage off whole invoices."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from .periods import boundary

TERMS = ("percent_off", "amount_off", "duration")


def coupon_for(world: World, discount: Json, at: str) -> tuple[Json, Json | None]:
    """The coupon, and promotion code if any, that a request's *discount* names."""
    if code_id := discount.get("promotion_code"):
        code = world.store.get("promotion_code", code_id, param=f"{at}[promotion_code]")
        coupon = world.store.get("coupon", code["promotion"]["coupon"], param=at)
        if not code["active"]:
            raise invalid("This promotion code is not active.", param=f"{at}[promotion_code]")
    elif coupon_id := discount.get("coupon"):
        coupon, code = world.store.get("coupon", coupon_id, param=f"{at}[coupon]"), None
    else:
        raise invalid("Must provide coupon or promotion_code.", param=at, code="parameter_missing")
    if not coupon["valid"]:
        raise invalid(f"Coupon expired: {coupon['id']}", param=at, code="coupon_expired")
    return coupon, code


def redeem(world: World, subscription: Json, coupon: Json, code: Json | None) -> Json:
    """Give *subscription* a discount."""
    start = world.now(subscription)
    months = coupon["duration_in_months"]
    discount = blank(
        "discount",
        id=world.ids.next("di"),
        customer=subscription["customer"],
        end=boundary(start, "month", 1, months) if months else None,
        promotion_code=code["id"] if code else None,
        source={"coupon": coupon["id"], "type": "coupon"},
        start=start,
        subscription=subscription["id"],
    )
    # The terms as they were redeemed: deleting the coupon does not take the discount away.
    private(discount)["coupon"] = {key: coupon[key] for key in TERMS}
    world.store.add(discount)
    subscription["discounts"].append(discount["id"])
    for each in (coupon, code):
        if each:
            each["times_redeemed"] += 1
    emit(world, "customer.discount.created", discount)
    return discount


def off(coupon: Json, subtotal: int) -> int:
    if coupon["percent_off"] is not None:
        return int(round(subtotal * coupon["percent_off"] / 100))
    return min(int(coupon["amount_off"] or 0), subtotal)


def apply_discounts(world: World, invoice: Json, subscription: Json | None, subtotal: int) -> int:
    """Write the discounts of *subscription* on *invoice*; returns the amount off."""
    amounts = []
    for id_ in list(subscription["discounts"]) if subscription else []:
        discount = world.store.get("discount", id_)
        coupon = private(discount)["coupon"]
        over = discount["end"] is not None and discount["end"] <= invoice["created"]
        if over or private(discount).get("used"):
            subscription["discounts"].remove(id_)  # type: ignore[index]
            continue
        if coupon["duration"] == "once" and subtotal:
            private(discount)["used"] = True
        amounts.append({"amount": off(coupon, subtotal), "discount": id_})
    invoice["discounts"] = [each["discount"] for each in amounts]
    invoice["total_discount_amounts"] = amounts
    return sum(int(each["amount"]) for each in amounts)


def end(world: World, subscription: Json, discount: Json) -> None:
    """Take *discount* off *subscription*."""
    subscription["discounts"].remove(discount["id"])
    discount["end"] = world.now(subscription)
    emit(world, "customer.discount.deleted", discount)
