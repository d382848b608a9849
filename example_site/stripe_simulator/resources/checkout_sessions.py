"""/v1/checkout/sessions, for the hosted page."""

from __future__ import annotations

from example_site.stripe_simulator.billing import checkout, discounts, engine
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import DAY

from .item_parameters import checked_quantity
from .prices import new_price, product_from
from .updates import check_url, merge_metadata, need, update

SHORTEST, LONGEST = 30 * 60, DAY


@route("POST", "/v1/checkout/sessions")
def create(call: Call) -> Json:
    given = call.params
    check(call, given)
    rows = [line_item(call, each, at) for at, each in enumerate(given.get("line_items", []))]
    check_rows(call, rows, given["mode"])
    reductions = wished_discounts(call, given)
    session = new_session(call, given)
    notes = private(session)
    notes.update(line_items=rows, discounts=reductions)
    remember_terms(call, session, given)
    if rows:
        session["currency"] = rows[0]["currency"]
    if reductions:
        session["discounts"] = reductions
    checkout.total(call.world, session)
    discounts.check(
        call.world,
        checkout.notes_discounts(call.world, session),
        call.world.store.find("customer", session["customer"] or ""),
        session["amount_subtotal"] or 0,
        session["currency"] or "",
    )
    call.world.store.add(session)
    return render(call.world, session)


def check(call: Call, given: Json) -> None:
    mode = need(given, "mode")
    if given.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("The simulator shows hosted pages only.", param="ui_mode")
    check_url(need(given, "success_url"), "success_url")
    check_url(given.get("cancel_url"), "cancel_url")
    exclusive(given, "customer", "customer_email")
    exclusive(given, "allow_promotion_codes", "discounts")
    if given.get("customer"):
        call.world.store.get("customer", given["customer"], param="customer")
    for name, wanted in (("subscription_data", "subscription"), ("payment_intent_data", "payment")):
        if name in given and mode != wanted:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if mode == "setup" and "line_items" in given:
        raise invalid("You can not pass `line_items` in `setup` mode.", param="line_items")
    if mode != "setup" and not given.get("line_items"):
        raise invalid(
            "Missing required param: line_items.", param="line_items", code="parameter_missing"
        )
    if len(given.get("discounts", [])) > 1:
        raise invalid("You can apply one discount only.", param="discounts")


def exclusive(given: Json, one: str, other: str) -> None:
    if one in given and other in given:
        raise invalid(
            f"You may only specify one of these parameters: {one}, {other}.",
            param=one,
            code="parameters_exclusive",
        )


def line_item(call: Call, item: Json, at: int) -> Json:
    where = f"line_items[{at}]"
    if "price_data" in item:
        data = item["price_data"]
        if "product" in data:
            product = call.world.store.get(
                "product", data["product"], param=f"{where}[price_data][product]"
            )
        else:
            product = product_from(call, need(data, "product_data"))
        price = new_price(call, data, product)
    else:
        price = call.world.store.get("price", item.get("price", ""), param=f"{where}[price]")
    if not price["active"]:
        raise invalid(f"The price `{price['id']}` is not active.", param=f"{where}[price]")
    if "quantity" not in item:
        raise invalid(
            f"Quantity is required. Add `quantity` to `{where}`",
            param=f"{where}[quantity]",
            code="parameter_missing",
        )
    quantity = checked_quantity(item["quantity"], where)
    adjustable = item.get("adjustable_quantity")
    if adjustable:
        adjustable = {
            "enabled": adjustable["enabled"],
            "minimum": adjustable.get("minimum", 1),
            "maximum": adjustable.get("maximum", 99),
        }
    return checkout.line_item(call.world, price, quantity, adjustable)


def check_rows(call: Call, rows: list[Json], mode: str) -> None:
    kinds = {call.world.store.get("price", row["price"])["type"] for row in rows}
    if mode == "payment" and "recurring" in kinds:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` "
            "mode or use only one-time prices.",
            param="mode",
        )
    if mode == "subscription" and "recurring" not in kinds:
        raise invalid(
            "You must provide at least one recurring price in `subscription` mode when using prices.",
            param="line_items",
        )
    if len({row["currency"] for row in rows}) > 1:
        raise invalid("All line items must use the same currency.", param="line_items")


def wished_discounts(call: Call, given: Json) -> list[Json]:
    result = []
    for at, each in enumerate(given.get("discounts", [])):
        coupon, code = discounts.coupon_for(call.world, each, f"discounts[{at}]")
        result.append({"coupon": coupon["id"], "promotion_code": code["id"] if code else None})
    return result


def new_session(call: Call, given: Json) -> Json:
    now = call.world.now(given.get("customer"))
    expires = given.get("expires_at", now + LONGEST)
    if not now + SHORTEST <= expires <= now + LONGEST:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )
    id_ = call.world.ids.next("cs_test", length=58)
    session = blank(
        "checkout.session",
        id=id_,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        created=now,
        custom_text={
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        customer_creation=given.get("customer_creation", default_creation(given)),
        expires_at=expires,
        metadata=merge_metadata(None, given.get("metadata")),
        mode=given["mode"],
        payment_method_types=["card"],
        payment_status="no_payment_required" if given["mode"] == "setup" else "unpaid",
        status="open",
        ui_mode="hosted_page",
        url=f"{call.world.base_url}/checkout/{id_}",
    )
    for name in (
        "allow_promotion_codes",
        "billing_address_collection",
        "cancel_url",
        "client_reference_id",
        "currency",
        "customer",
        "customer_email",
        "invoice_creation",
        "locale",
        "payment_method_collection",
        "submit_type",
        "success_url",
    ):
        if name in given:
            session[name] = given[name]
    if collection := given.get("tax_id_collection"):
        session["tax_id_collection"] = {"enabled": False, "required": "never", **collection}
    if session["invoice_creation"]:
        session["invoice_creation"] = {
            "enabled": given["invoice_creation"]["enabled"],
            "invoice_data": blank("checkout.session")["invoice_creation"] or INVOICE_DATA,
        }
    return session


INVOICE_DATA: Json = {
    "account_tax_ids": None,
    "custom_fields": None,
    "description": None,
    "footer": None,
    "issuer": None,
    "metadata": None,
    "rendering_options": None,
}


def default_creation(given: Json) -> str | None:
    if given.get("customer"):
        return None
    return "if_required" if given["mode"] == "payment" else "always"


def remember_terms(call: Call, session: Json, given: Json) -> None:
    data = given.get("subscription_data") or {}
    days = data.get("trial_period_days")
    exclusive(data, "trial_end", "trial_period_days")
    if days is not None and days < 1:
        raise invalid(
            "The minimum number of trial period days is 1.",
            param="subscription_data[trial_period_days]",
        )
    private(session).update(
        subscription_metadata=merge_metadata(None, data.get("metadata")),
        trial_days=days,
        trial_end=session["created"] + days * DAY if days else data.get("trial_end"),
        billing_mode=(data.get("billing_mode") or {}).get(
            "type", call.world.settings.default_billing_mode
        ),
        missing_payment_method=(data.get("trial_settings") or {})
        .get("end_behavior", {})
        .get("missing_payment_method", "create_invoice"),
        intent_metadata=merge_metadata(None, (given.get("payment_intent_data") or {}).get("metadata")),
    )


@route("GET", "/v1/checkout/sessions")
def index(call: Call) -> Json:
    rows = [
        row
        for row in call.world.store.all("checkout.session")
        if same(call, row, "customer", "payment_intent", "subscription", "status")
    ]
    return listing(call, rows)


@route("GET", "/v1/checkout/sessions/{session}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/checkout/sessions/{session}")
def modify(call: Call) -> Json:
    session = find(call)
    update(session, {"metadata": call.params.get("metadata", {})})
    return render(call.world, session)


@route("POST", "/v1/checkout/sessions/{session}/expire")
def expire(call: Call) -> Json:
    session = find(call)
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has '
            f"a status of {session['status']}."
        )
    engine.expire(call.world, session)
    return render(call.world, session)


@route("GET", "/v1/checkout/sessions/{session}/line_items")
def line_items(call: Call) -> Json:
    return listing(call, private(find(call))["line_items"], newest_first=False)


def find(call: Call) -> Json:
    return call.world.store.get("checkout.session", call.path["session"])
