"""/v1/coupons and /v1/promotion_codes."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private

from .updates import merge_metadata, update


@route("POST", "/v1/coupons")
def create(call: Call) -> Json:
    given = call.params
    if ("percent_off" in given) == ("amount_off" in given):
        raise invalid("Must provide either percent_off or amount_off.", param="percent_off")
    if "amount_off" in given and "currency" not in given:
        raise invalid(
            "You must pass currency when passing amount_off",
            param="currency",
            code="parameter_missing",
        )
    if not 0 < given.get("percent_off", 1) <= 100:
        raise invalid("Invalid percent_off: must be between 0 and 100.", param="percent_off")
    duration = given.get("duration", "once")
    if (duration == "repeating") != ("duration_in_months" in given):
        raise invalid("`duration_in_months` goes with `duration=repeating`.", param="duration_in_months")
    id_ = given.get("id") or call.world.ids.digest(f"coupon{call.world.ids.next('co')}", 8).upper()
    if call.world.store.find("coupon", id_):
        raise invalid("Coupon already exists.", param="id", code="resource_already_exists")
    coupon = blank(
        "coupon",
        id=id_,
        created=call.now,
        duration=duration,
        metadata=merge_metadata(None, given.get("metadata")),
        times_redeemed=0,
        valid=True,
    )
    fields = (
        "amount_off",
        "currency",
        "duration_in_months",
        "max_redemptions",
        "name",
        "percent_off",
        "redeem_by",
    )
    update(coupon, {**given, "metadata": coupon["metadata"]}, *fields)
    if products := (given.get("applies_to") or {}).get("products"):
        for product in products:
            call.world.store.get("product", product, param="applies_to[products]")
        private(coupon)["products"] = products
    call.world.store.add(coupon)
    emit(call.world, "coupon.created", coupon)
    return render(call.world, coupon)


@route("GET", "/v1/coupons")
def index(call: Call) -> Json:
    return listing(call, call.world.store.all("coupon"))


@route("GET", "/v1/coupons/{coupon}")
def retrieve(call: Call) -> Json:
    return render(call.world, call.world.store.get("coupon", call.path["coupon"]))


@route("POST", "/v1/coupons/{coupon}")
def modify(call: Call) -> Json:
    coupon = call.world.store.get("coupon", call.path["coupon"])
    with changing(call.world, coupon, "coupon.updated"):
        update(coupon, call.params, "name")
    return render(call.world, coupon)


@route("DELETE", "/v1/coupons/{coupon}")
def delete(call: Call) -> Json:
    coupon = call.world.store.get("coupon", call.path["coupon"])
    emit(call.world, "coupon.deleted", coupon)
    return call.world.store.remove(coupon)


@route("POST", "/v1/promotion_codes")
def create_code(call: Call) -> Json:
    given = call.params
    coupon = call.world.store.get(
        "coupon", given["promotion"].get("coupon", ""), param="promotion[coupon]"
    )
    id_ = call.world.ids.next("promo")
    text = given.get("code") or call.world.ids.digest(id_, 8).upper()
    if any(
        row["code"].lower() == text.lower() and row["active"]
        for row in call.world.store.all("promotion_code")
    ):
        raise invalid("An active promotion code with this code already exists.", param="code")
    code = blank(
        "promotion_code",
        id=id_,
        active=given.get("active", True),
        code=text,
        created=call.now,
        customer=given.get("customer"),
        expires_at=given.get("expires_at"),
        max_redemptions=given.get("max_redemptions"),
        metadata=merge_metadata(None, given.get("metadata")),
        promotion={"coupon": coupon["id"], "type": "coupon"},
        restrictions={
            "first_time_transaction": False,
            "minimum_amount": None,
            "minimum_amount_currency": None,
            **given.get("restrictions", {}),
        },
        times_redeemed=0,
    )
    call.world.store.add(code)
    emit(call.world, "promotion_code.created", code)
    return render(call.world, code)


@route("GET", "/v1/promotion_codes")
def index_codes(call: Call) -> Json:
    coupon = call.params.get("coupon")
    rows = [
        row
        for row in call.world.store.all("promotion_code")
        if same(call, row, "active", "code", "customer")
        and (not coupon or row["promotion"]["coupon"] == coupon)
    ]
    return listing(call, rows)


@route("GET", "/v1/promotion_codes/{promotion_code}")
def retrieve_code(call: Call) -> Json:
    return render(call.world, find_code(call))


@route("POST", "/v1/promotion_codes/{promotion_code}")
def modify_code(call: Call) -> Json:
    code = find_code(call)
    with changing(call.world, code, "promotion_code.updated"):
        update(code, call.params, "active")
    return render(call.world, code)


def find_code(call: Call) -> Json:
    return call.world.store.get("promotion_code", call.path["promotion_code"])
