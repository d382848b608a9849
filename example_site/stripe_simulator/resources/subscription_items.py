"""/v1/subscription_items."""

from __future__ import annotations

from example_site.stripe_simulator.errors import no_such
from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.pagination import listing
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from . import subscription_changes, subscription_payment


@route("GET", "/v1/subscription_items")
def index(call: Call) -> Json:
    id_ = call.params["subscription"]
    subscription = call.world.store.get("subscription", id_, param="subscription")
    # Oldest first, as they show on the subscription.
    return listing(call, subscription["items"]["data"], newest_first=False)


@route("POST", "/v1/subscription_items")
def create(call: Call) -> Json:
    id_ = call.params["subscription"]
    subscription = call.world.store.get("subscription", id_, param="subscription")
    item = {key: value for key, value in call.params.items() if key in ITEM_FIELDS}
    change(call, subscription, item)
    return render(call.world, subscription["items"]["data"][-1])


ITEM_FIELDS = {"price", "plan", "price_data", "quantity", "metadata"}


@route("GET", "/v1/subscription_items/{item}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call)[1])


@route("POST", "/v1/subscription_items/{item}")
def modify(call: Call) -> Json:
    subscription, item = find(call)
    values = {key: value for key, value in call.params.items() if key in ITEM_FIELDS}
    change(call, subscription, {**values, "id": item["id"]})
    return render(call.world, item)


@route("DELETE", "/v1/subscription_items/{item}")
def delete(call: Call) -> Json:
    subscription, item = find(call)
    change(call, subscription, {"id": item["id"], "deleted": True})
    return {"id": item["id"], "object": "subscription_item", "deleted": True}


def change(call: Call, subscription: Json, item: Json) -> None:
    names = ("payment_behavior", "proration_behavior", "proration_date")
    given = {"items": [item], **{name: call.params[name] for name in names if name in call.params}}
    plan = subscription_changes.plan(call, subscription, given)
    if subscription_payment.check(call, subscription, given, plan):
        subscription_payment.hold(call, subscription, plan)
        return
    with changing(call.world, subscription, "customer.subscription.updated"):
        subscription_changes.apply(call, subscription, given, plan)
    subscription_payment.bill(call, subscription, given, plan)


def find(call: Call) -> tuple[Json, Json]:
    for subscription in call.world.store.all("subscription"):
        for item in subscription["items"]["data"]:
            if item["id"] == call.path["item"]:
                return subscription, item
    raise no_such("subscription_item", call.path["item"])
