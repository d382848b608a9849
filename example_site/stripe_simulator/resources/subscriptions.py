"""/v1/subscriptions."""

from __future__ import annotations

from example_site.stripe_simulator.billing import (
    cancellation,
    cycles,
    discounts,
    invoice_items,
    invoices,
    pausing,
    prorations,
    resuming,
    subscriptions,
)
from example_site.stripe_simulator.billing.cancellation import ENDED
from example_site.stripe_simulator.billing.subscriptions import Terms
from example_site.stripe_simulator.errors import invalid, no_such
from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.pagination import listing, same, within
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import DAY

from . import payment_methods, subscription_changes, subscription_payment
from .item_parameters import extras, wanted
from .updates import merge_metadata, need, update


@route("POST", "/v1/subscriptions")
def create(call: Call) -> Json:
    given = call.params
    customer = call.world.store.get("customer", need(given, "customer"), param="customer")
    terms = Terms(
        customer=customer,
        items=[wanted(call, item, f"items[{at}]") for at, item in enumerate(given.get("items", []))],
        metadata=merge_metadata(None, given.get("metadata")),
        trial_end=trial_end(call, given, customer),
        anchor=given.get("billing_cycle_anchor"),
        billing_mode=mode_of(call, given),
        collection_method=given.get("collection_method", "charge_automatically"),
        days_until_due=given.get("days_until_due"),
        payment_behavior=given.get("payment_behavior", "allow_incomplete"),
        missing_payment_method=missing_method(given),
        description=given.get("description"),
        discounts=coupons(call, given),
        extras=extras(call, given),
    )
    check_terms(call, terms, given)
    amount = sum(each.price["unit_amount"] * each.quantity for each in terms.items)
    discounts.check(call.world, terms.discounts, customer, amount, terms.items[0].price["currency"])
    if method := given.get("default_payment_method"):
        terms.payment_method = payment_methods.find(
            call, method, param="default_payment_method", customer=customer["id"]
        )
    subscription = subscriptions.start(call.world, terms)
    schedule_end(call, subscription, given)
    return render(call.world, subscription)


def check_terms(call: Call, terms: Terms, given: Json) -> None:
    subscriptions.check_items(terms.items, terms.billing_mode)
    if terms.collection_method == "send_invoice" and terms.days_until_due is None:
        raise invalid(
            "If collection_method is set to `send_invoice`, you must specify `days_until_due`.",
            param="days_until_due",
            code="parameter_missing",
        )
    if terms.anchor is not None and terms.anchor <= call.world.now(terms.customer):
        raise invalid("The billing cycle anchor must be in the future.", param="billing_cycle_anchor")
    check_end(given, call.world.now(terms.customer))


def check_end(given: Json, now: int) -> None:
    if "cancel_at" in given and given.get("cancel_at_period_end"):
        raise invalid(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            param="cancel_at",
            code="parameters_exclusive",
        )
    if isinstance(given.get("cancel_at"), int) and given["cancel_at"] <= now:
        raise invalid("The timestamp for `cancel_at` must be in the future.", param="cancel_at")


def mode_of(call: Call, given: Json) -> str:
    mode: str = (given.get("billing_mode") or {}).get("type", call.world.settings.default_billing_mode)
    return mode


def missing_method(given: Json) -> str:
    behaviour: str = (
        (given.get("trial_settings") or {})
        .get("end_behavior", {})
        .get("missing_payment_method", "create_invoice")
    )
    return behaviour


def trial_end(call: Call, given: Json, customer: Json) -> int | None:
    now = call.world.now(customer)
    days, moment = given.get("trial_period_days"), given.get("trial_end")
    if days is not None and moment is not None:
        raise invalid(
            "You may only specify one of these parameters: trial_end, trial_period_days.",
            param="trial_period_days",
            code="parameters_exclusive",
        )
    if days is not None:
        if not 0 <= days <= 730:
            raise invalid("A trial can last up to 730 days.", param="trial_period_days")
        return now + days * DAY if days else None
    if moment is None or moment == "now":
        return None
    if moment <= now:
        raise invalid("The trial end must be in the future.", param="trial_end")
    return int(moment)


def coupons(call: Call, given: Json) -> list[tuple[Json, Json | None]]:
    wished = given.get("discounts") or []
    return [discounts.coupon_for(call.world, each, f"discounts[{at}]") for at, each in enumerate(wished)]


@route("GET", "/v1/subscriptions")
def index(call: Call) -> Json:
    given = call.params
    rows = [row for row in call.world.store.all("subscription") if listed(call, row, given)]
    return listing(call, rows)


def listed(call: Call, row: Json, given: Json) -> bool:
    """Subscriptions on a test clock show only to those who ask for the clock or the customer."""
    hidden = row["test_clock"] and "customer" not in given
    if hidden and row["test_clock"] != given.get("test_clock"):
        return False
    if given.get("test_clock") and row["test_clock"] != given["test_clock"]:
        return False
    items = row["items"]["data"]
    price = given.get("price") or given.get("plan")
    return (
        status_matches(row["status"], given.get("status"))
        and same(call, row, "customer", "collection_method")
        and (not price or any(item["price"] == price for item in items))
        and any(
            within(item["current_period_end"], given.get("current_period_end"))
            and within(item["current_period_start"], given.get("current_period_start"))
            for item in items
        )
    )


def status_matches(status: str, wished: str | None) -> bool:
    """By default everything but the canceled ones, as Stripe does."""
    if wished is None:
        return status != "canceled"
    if wished == "ended":
        return status in ENDED
    return wished in ("all", status)


@route("GET", "/v1/subscriptions/{subscription_exposed_id}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/subscriptions/{subscription_exposed_id}")
def modify(call: Call) -> Json:
    subscription = find(call)
    given = call.params
    if subscription["status"] in ENDED:
        allowed = {"metadata", "cancellation_details"}
        if set(given) - allowed:
            raise invalid(
                "A canceled subscription can only update its cancellation_details and metadata."
            )
    check_end(given, call.world.now(subscription))
    check_schedule(subscription, given)
    plan = subscription_changes.plan(call, subscription, given)
    if subscription_payment.check(call, subscription, given, plan):
        subscription_payment.hold(call, subscription, plan)
        return render(call.world, subscription)
    ends_trial = given.get("trial_end") == "now" and subscription["status"] == "trialing"
    with changing(call.world, subscription, "customer.subscription.updated"):
        update(subscription, given, "description", "days_until_due", "collection_method")
        subscription_changes.apply(call, subscription, given, plan)
        schedule_end(call, subscription, given)
    if ends_trial:
        subscription["trial_end"] = call.world.now(subscription)
        cycles.end_trial(call.world, subscription)
    else:
        subscription_payment.bill(call, subscription, given, plan)
    return render(call.world, subscription)


def check_schedule(subscription: Json, given: Json) -> None:
    if subscription["schedule"] and {"cancel_at", "cancel_at_period_end"} & set(given):
        raise invalid(
            "The subscription is managed by the subscription schedule "
            f"`{subscription['schedule']}`, and updating any cancelation behavior directly is not "
            "allowed. Please update the schedule instead."
        )


def schedule_end(call: Call, subscription: Json, given: Json) -> None:
    """`cancel_at_period_end`, `cancel_at` and `cancellation_details` of a create or update."""
    if given.get("cancel_at_period_end") is True:
        cancellation.schedule_at_period_end(call.world, subscription)
    elif given.get("cancel_at_period_end") is False and "cancel_at" not in given:
        cancellation.unschedule(subscription)
    if "cancel_at" in given:
        moment = given["cancel_at"]
        if moment == "":
            cancellation.unschedule(subscription)
        else:
            cancellation.schedule_at(call.world, subscription, moment_of(subscription, moment))
    for name, value in (given.get("cancellation_details") or {}).items():
        if name in {"comment", "feedback"}:
            subscription["cancellation_details"][name] = value or None


def moment_of(subscription: Json, moment: int | str) -> int:
    if isinstance(moment, int):
        return moment
    latest = moment in {"max_period_end", "max_billed_until"}
    return cancellation.period_end(subscription, latest=latest)


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}")
def cancel(call: Call) -> Json:
    subscription = find(call)
    if subscription["status"] in ENDED:
        raise no_such("subscription", subscription["id"])
    schedule_end(call, subscription, {"cancellation_details": call.params.get("cancellation_details")})
    if call.params.get("prorate") and subscription["status"] in prorations.CHARGED:
        now = call.world.now(subscription)
        unused = prorations.unused(call.world, subscription, now)
        prorations.write(call.world, subscription, unused)
    cancellation.cancel_now(call.world, subscription, reason="cancellation_requested")
    if call.params.get("invoice_now"):
        if invoice_items.waiting(call.world, subscription["customer"], subscription):
            cycles.bill_now(call.world, subscription, items=[])
        for invoice in call.world.store.all("invoice"):
            mine = cancellation.subscription_of(invoice) == subscription["id"]
            if mine and invoice["status"] == "draft":
                invoices.finalize(call.world, invoice)
    return render(call.world, subscription)


@route("POST", "/v1/subscriptions/{subscription}/pause")
def pause(call: Call) -> Json:
    subscription = find(call)
    if subscription["billing_mode"]["type"] != "flexible":
        raise invalid("Only subscriptions with flexible billing mode can be paused.")
    if subscription["status"] not in {"active", "trialing", "past_due"}:
        raise invalid(f"A subscription that is {subscription['status']} cannot be paused.")
    credit_unused(call, subscription)
    pausing.pause(call.world, subscription, "pause_requested")
    if call.params.get("invoicing_behavior") == "invoice":
        cycles.bill_now(call.world, subscription, items=[])
    return render(call.world, subscription)


def credit_unused(call: Call, subscription: Json) -> None:
    """Time that is paid for but paused is given back, unless the request says otherwise."""
    since = ((call.params.get("bill_for") or {}).get("unused_time_from") or {}).get("type", "now")
    if since == "none" or subscription["status"] == "trialing":
        return
    now = call.world.now(subscription)
    for item in subscription["items"]["data"]:
        at = item["current_period_start"] if since == "item_current_period_start" else now
        held = [prorations.now_held(call.world, item)]
        prorations.write(call.world, subscription, prorations.parts(held, at, debit=False))


@route("POST", "/v1/subscriptions/{subscription}/resume")
def resume(call: Call) -> Json:
    subscription = find(call)
    if subscription["status"] != "paused":
        raise invalid("Only subscriptions that are paused can be resumed.")
    resuming.resume(
        call.world,
        subscription,
        anchor=(call.params.get("billing_cycle_anchor") or {}).get("type", "now"),
        behavior=call.params.get("payment_behavior", "resume_on_payment_success"),
        prorate=call.params.get("proration_behavior", "none"),
    )
    return render(call.world, subscription)


@route("POST", "/v1/subscriptions/{subscription}/migrate")
def migrate(call: Call) -> Json:
    subscription = find(call)
    if call.params["billing_mode"]["type"] != "flexible":
        raise invalid("A subscription can only be migrated to flexible.", param="billing_mode[type]")
    with changing(call.world, subscription, "customer.subscription.updated"):
        subscription["billing_mode"] = {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": call.world.now(subscription),
        }
    return render(call.world, subscription)


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}/discount")
def delete_discount(call: Call) -> Json:
    subscription = find(call)
    if not subscription["discounts"]:
        raise invalid("No active discount for subscription: " + subscription["id"])
    discount = call.world.store.get("discount", subscription["discounts"][0])
    discounts.end(call.world, subscription, discount)
    return {**render(call.world, discount), "deleted": True}


def find(call: Call) -> Json:
    id_ = next(iter(call.path.values()))
    return call.world.store.get("subscription", id_)
