"""/v1/entitlements and the features of a product."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import nested, render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from .updates import merge_metadata, update

ENTITLING = {"active", "trialing", "past_due"}
ACTIVE = "entitlements.active_entitlement"


@route("POST", "/v1/entitlements/features")
def create(call: Call) -> Json:
    key = call.params["lookup_key"]
    if len(key) > 80:
        raise invalid("Invalid string: a lookup key has up to 80 characters.", param="lookup_key")
    if any(row["lookup_key"] == key for row in call.world.store.all("entitlements.feature")):
        raise invalid("A feature with this lookup_key already exists.", param="lookup_key")
    feature = blank(
        "entitlements.feature",
        id=call.world.ids.next("feat_test"),
        active=True,
        lookup_key=key,
        metadata=merge_metadata(None, call.params.get("metadata")),
        name=call.params["name"],
    )
    call.world.store.add(feature)
    return render(call.world, feature)


@route("GET", "/v1/entitlements/features")
def index(call: Call) -> Json:
    archived = call.params.get("archived")
    rows = [
        row
        for row in call.world.store.all("entitlements.feature")
        if same(call, row, "lookup_key") and (archived is None or row["active"] is not archived)
    ]
    return listing(call, rows)


@route("GET", "/v1/entitlements/features/{id}")
def retrieve(call: Call) -> Json:
    return render(call.world, call.world.store.get("entitlements.feature", call.path["id"]))


@route("POST", "/v1/entitlements/features/{id}")
def modify(call: Call) -> Json:
    feature = call.world.store.get("entitlements.feature", call.path["id"])
    update(feature, call.params, "active", "name")
    return render(call.world, feature)


@route("POST", "/v1/products/{product}/features")
def attach(call: Call) -> Json:
    """Existing subscribers get it with their next subscription change, not now: as with Stripe."""
    product = call.world.store.get("product", call.path["product"])
    feature = call.world.store.get(
        "entitlements.feature", call.params["entitlement_feature"], param="entitlement_feature"
    )
    row = blank("product_feature", id=call.world.ids.next("prodft"), entitlement_feature=feature)
    private(row)["product"] = product["id"]
    call.world.store.add(row)
    return render(call.world, row)


@route("GET", "/v1/products/{product}/features")
def features_of(call: Call) -> Json:
    product = call.world.store.get("product", call.path["product"])
    rows = call.world.store.all("product_feature")
    return listing(call, [row for row in rows if private(row)["product"] == product["id"]])


@route("GET", "/v1/products/{product}/features/{id}")
def retrieve_attached(call: Call) -> Json:
    return render(call.world, call.world.store.get("product_feature", call.path["id"]))


@route("DELETE", "/v1/products/{product}/features/{id}")
def detach(call: Call) -> Json:
    return call.world.store.remove(call.world.store.get("product_feature", call.path["id"]))


@route("GET", "/v1/entitlements/active_entitlements")
def active(call: Call) -> Json:
    customer = call.world.store.get("customer", call.params["customer"], param="customer")
    return listing(call, entitlements_of(call.world, customer["id"]))


@route("GET", "/v1/entitlements/active_entitlements/{id}")
def retrieve_active(call: Call) -> Json:
    return render(call.world, call.world.store.get(ACTIVE, call.path["id"]))


def entitlements_of(world: World, customer: str) -> list[Json]:
    return [row for row in world.store.all(ACTIVE) if private(row)["customer"] == customer]


def follow(world: World, event: Json) -> None:
    """After a subscription event: let the customer's entitlements follow, and say so if they do."""
    if not event["type"].startswith("customer.subscription."):
        return
    customer = event["data"]["object"]["customer"]
    wanted = entitled(world, customer)
    rows = entitlements_of(world, customer)
    held = {row["feature"] for row in rows}
    if wanted == held:
        return
    for row in rows:
        if row["feature"] not in wanted:
            world.store.remove(row)
    for feature_id in sorted(wanted - held):
        feature = world.store.get("entitlements.feature", feature_id)
        row = blank(
            ACTIVE,
            id=world.ids.next("ent_test"),
            feature=feature_id,
            lookup_key=feature["lookup_key"],
        )
        private(row)["customer"] = customer
        world.store.add(row)
    summarize(world, customer)


def entitled(world: World, customer: str) -> set[str]:
    """Ids of the features of every product that *customer* has a running subscription to."""
    products = {
        world.store.get("price", item["price"])["product"]
        for subscription in world.store.all("subscription")
        if subscription["customer"] == customer and subscription["status"] in ENTITLING
        for item in subscription["items"]["data"]
    }
    return {
        row["entitlement_feature"]["id"]
        for row in world.store.all("product_feature")
        if private(row)["product"] in products
    }


def summarize(world: World, customer: str) -> None:
    rows = [render(world, row) for row in entitlements_of(world, customer)]
    summary = {
        "object": "entitlements.active_entitlement_summary",
        "customer": customer,
        "entitlements": nested(rows, f"/v1/customer/{customer}/entitlements"),
        "livemode": False,
    }
    emit(world, "entitlements.active_entitlement_summary.updated", summary)
