"""/v1/billing_portal: sessions and configurations of the hosted customer portal."""

from __future__ import annotations

import copy

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json

from .updates import check_url, need, update

FEATURES: Json = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "enabled": True,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {"interval_options": [], "type": "indefinite"},
        "enabled": False,
    },
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": ["price", "quantity"],
        "enabled": True,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
SWITCHED_OFF: Json = {
    **FEATURES,
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {**FEATURES["subscription_cancel"], "enabled": False},
    "subscription_update": {
        **FEATURES["subscription_update"],
        "default_allowed_updates": [],
        "enabled": False,
    },
}


def new_configuration(call: Call, *, features: Json, default: bool) -> Json:
    configuration = blank(
        "billing_portal.configuration",
        id=call.world.ids.next("bpc"),
        active=True,
        business_profile={
            "headline": None,
            "privacy_policy_url": None,
            "terms_of_service_url": None,
        },
        created=call.now,
        features=features,
        is_default=default,
        login_page={"enabled": False, "url": None},
        metadata={},
        updated=call.now,
    )
    call.world.store.add(configuration)
    emit(call.world, "billing_portal.configuration.created", configuration)
    return configuration


def default_configuration(call: Call) -> Json:
    for row in call.world.store.all("billing_portal.configuration"):
        if row["is_default"]:
            return row
    return new_configuration(call, features=merged(FEATURES, {}), default=True)


def merged(current: Json, given: Json) -> Json:
    """*current* with the given switches, nested."""
    result = dict(current)
    for name, value in given.items():
        old = current.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            result[name] = merged(old, value)
        else:
            result[name] = emptied(old) if value == "" else value
    return result


def emptied(old: object) -> list[object] | None:
    """What an empty string leaves: a list without rows where there was one."""
    return [] if isinstance(old, list) else None


def settled(features: Json) -> Json:
    """*features* with what Stripe adds to what a request leaves open."""
    update_ = features["subscription_update"]
    adjustable = {"enabled": False, "minimum": 1, "maximum": None}
    update_["products"] = [
        {
            **row,
            "prices": list(row.get("prices") or []),
            "adjustable_quantity": {**adjustable, **(row.get("adjustable_quantity") or {})},
        }
        for row in update_["products"] or []
    ] or None
    duration = features["subscription_pause"]["duration"]
    duration["interval_options"] = [{"interval_count": 1, **row} for row in duration["interval_options"]]
    return features


@route("POST", "/v1/billing_portal/sessions")
def create_session(call: Call) -> Json:
    given = call.params
    customer = call.world.store.get("customer", need(given, "customer"), param="customer")
    check_url(given.get("return_url"), "return_url")
    if id_ := given.get("configuration"):
        configuration = call.world.store.get("billing_portal.configuration", id_, param="configuration")
    else:
        configuration = default_configuration(call)
    flow = given.get("flow_data")
    if flow:
        check_flow(call, flow, configuration["features"])
    session_id = call.world.ids.next("bps")
    session = blank(
        "billing_portal.session",
        id=session_id,
        configuration=configuration["id"],
        created=call.world.now(customer),
        customer=customer["id"],
        flow=flow_of(flow),
        locale=given.get("locale"),
        return_url=given.get("return_url") or configuration["default_return_url"],
        url=f"{call.world.base_url}/portal/{session_id}",
    )
    call.world.store.add(session)
    emit(call.world, "billing_portal.session.created", session)
    return render(call.world, session)


#: What a flow does to a subscription, in Stripe's words when it may not.
DONE = {
    "subscription_cancel": "canceled",
    "subscription_pause": "paused",
    "subscription_update": "updated",
}


def check_flow(call: Call, flow: Json, features: Json) -> None:
    kind = flow["type"]
    if kind in DONE and not features[kind]["enabled"]:
        feature = kind.replace("_", " ")
        raise invalid(
            f"This subscription cannot be {DONE[kind]} because the {feature} feature in the portal "
            "configuration is disabled.",
            param="flow_data[type]",
        )
    target = (flow.get(flow["type"]) or {}).get("subscription")
    if target:
        call.world.store.get("subscription", target, param=f"flow_data[{flow['type']}][subscription]")


def flow_of(flow: Json | None) -> Json | None:
    if not flow:
        return None
    after = flow.get("after_completion") or {"type": "portal_homepage"}
    result = {
        "after_completion": {"hosted_confirmation": None, "redirect": None, **after},
        "customer_update": None,
        "subscription_cancel": None,
        "subscription_pause": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": flow["type"],
    }
    if flow["type"] in flow:
        result[flow["type"]] = flow[flow["type"]]
    if cancel := result["subscription_cancel"]:
        result["subscription_cancel"] = {"retention": None, **cancel}
    return result


@route("POST", "/v1/billing_portal/configurations")
def create(call: Call) -> Json:
    given = call.params
    features = settled(copy.deepcopy(merged(SWITCHED_OFF, given["features"])))
    first = not call.world.store.all("billing_portal.configuration")
    configuration = new_configuration(call, features=features, default=first)
    amend(configuration, given)
    return render(call.world, configuration)


def amend(configuration: Json, given: Json) -> None:
    update(configuration, {**given, "metadata": given.get("metadata", {})}, "active", "name")
    if "default_return_url" in given:
        check_url(given["default_return_url"] or None, "default_return_url")
        configuration["default_return_url"] = given["default_return_url"] or None
    if "business_profile" in given:
        configuration["business_profile"] = merged(
            configuration["business_profile"], given["business_profile"]
        )


@route("GET", "/v1/billing_portal/configurations")
def index(call: Call) -> Json:
    rows = call.world.store.all("billing_portal.configuration")
    return listing(call, [row for row in rows if same(call, row, "active", "is_default")])


@route("GET", "/v1/billing_portal/configurations/{configuration}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/billing_portal/configurations/{configuration}")
def modify(call: Call) -> Json:
    configuration = find(call)
    with changing(call.world, configuration, "billing_portal.configuration.updated"):
        amend(configuration, call.params)
        if "features" in call.params:
            features = merged(configuration["features"], call.params["features"])
            configuration["features"] = settled(copy.deepcopy(features))
        configuration["updated"] = call.now
    return render(call.world, configuration)


def find(call: Call) -> Json:
    return call.world.store.get("billing_portal.configuration", call.path["configuration"])
