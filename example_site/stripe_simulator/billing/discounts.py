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
    late = coupon["redeem_by"] is not None and coupon["redeem_by"] <= world.now()
    if not coupon["valid"] or late:
        raise invalid(f"Coupon expired: {coupon['id']}", param=at, code="coupon_expired")
    return coupon, code


def check(
    world: World,
    wished: list[tuple[Json, Json | None]],
    customer: Json | None,
    amount: int,
    currency: str,
) -> None:
    """Raise `StripeError` if a coupon or code of *wished* is not for this purchase."""
    for coupon, code in wished:
        check_currency(coupon, currency)
        if code:
            check_code(world, code, customer, amount, currency)


def check_code(world: World, code: Json, customer: Json | None, amount: int, currency: str) -> None:
    """Raise `StripeError` if *customer* may not use *code* for *amount* (minor units)."""
    now = world.now(customer)
    limit, expires = code["max_redemptions"], code["expires_at"]
    if (limit is not None and code["times_redeemed"] >= limit) or (expires and expires <= now):
        raise invalid("This promotion code has expired.", param="promotion_code", code="coupon_expired")
    if code["customer"] and (customer is None or code["customer"] != customer["id"]):
        raise invalid("This promotion code is for another customer.", param="promotion_code")
    rules = code["restrictions"]
    paid = customer and any(
        row["customer"] == customer["id"] and row["status"] == "paid" and row["total"]
        for row in world.store.all("invoice")
    )
    if rules["first_time_transaction"] and paid:
        raise invalid(
            "This promotion code cannot be redeemed because the associated customer has prior "
            "transactions.",
            param="promotion_code",
        )
    least = rules["minimum_amount"]
    if least and currency == rules["minimum_amount_currency"] and amount < least:
        raise invalid("The minimum amount of this promotion code is not met.", param="promotion_code")


def check_currency(coupon: Json, currency: str) -> None:
    if coupon["amount_off"] is not None and coupon["currency"] != currency:
        raise invalid(
            f"The coupon {coupon['id']} is in {coupon['currency']}, but this is in {currency}.",
            param="discounts",
        )


def count(world: World, coupon: Json, code: Json | None) -> None:
    """One more redemption; the last one that is allowed ends the coupon."""
    for each in (coupon, code):
        if each:
            each["times_redeemed"] += 1
    if coupon["max_redemptions"] and coupon["times_redeemed"] >= coupon["max_redemptions"]:
        coupon["valid"] = False
    if code and code["max_redemptions"] and code["times_redeemed"] >= code["max_redemptions"]:
        code["active"] = False


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
    private(discount)["coupon"] = {
        **{key: coupon[key] for key in TERMS},
        "products": private(coupon).get("products"),
    }
    world.store.add(discount)
    subscription["discounts"].append(discount["id"])
    count(world, coupon, code)
    emit(world, "customer.discount.created", discount)
    return discount


def off(coupon: Json, subtotal: int) -> int:
    if coupon["percent_off"] is not None:
        return int(round(subtotal * coupon["percent_off"] / 100))
    return min(int(coupon["amount_off"] or 0), subtotal)


def apply_discounts(world: World, invoice: Json, subscription: Json | None) -> int:
    """Write the discounts of *subscription* on *invoice* and its lines; returns the amount off."""
    lines = [each for each in invoice["lines"]["data"] if each["discountable"]]
    for each in lines:
        each["discount_amounts"] = []
    amounts = []
    for id_ in list(subscription["discounts"]) if subscription else []:
        discount = world.store.get("discount", id_)
        coupon = private(discount)["coupon"]
        over = discount["end"] is not None and discount["end"] <= invoice["created"]
        if over or private(discount).get("used") not in (None, invoice["id"]):
            subscription["discounts"].remove(id_)  # type: ignore[index]
            continue
        mine = [each for each in lines if each["amount"] > 0 and applies(coupon, each)]
        amount = spread(coupon, mine, id_)
        if coupon["duration"] == "once" and amount:
            private(discount)["used"] = invoice["id"]
        amounts.append({"amount": amount, "discount": id_})
    invoice["discounts"] = [each["discount"] for each in amounts]
    invoice["total_discount_amounts"] = amounts
    return sum(int(each["amount"]) for each in amounts)


def applies(coupon: Json, line: Json) -> bool:
    """Whether *coupon* is good for the product of *line*."""
    products = coupon.get("products")
    details = (line["pricing"] or {}).get("price_details") or {}
    return not products or details.get("product") in products


def spread(coupon: Json, lines: list[Json], discount: str) -> int:
    """Take *coupon* off *lines*, in proportion to what is left of each. Returns the sum."""
    left = [each["amount"] - sum(part["amount"] for part in each["discount_amounts"]) for each in lines]
    whole = off(coupon, sum(left))
    remaining, base = whole, sum(left)
    for each, amount in zip(lines, left, strict=True):
        part = remaining if amount == base else int(round(remaining * amount / base)) if base else 0
        each["discount_amounts"].append({"amount": part, "discount": discount})
        remaining, base = remaining - part, base - amount
    return whole


def end(world: World, subscription: Json, discount: Json) -> None:
    """Take *discount* off *subscription*."""
    subscription["discounts"].remove(discount["id"])
    discount["end"] = world.now(subscription)
    emit(world, "customer.discount.deleted", discount)
