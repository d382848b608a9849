"""The hosted customer portal: subscriptions, card, invoices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from example_site.stripe_simulator.billing import cancellation, checkout, invoices
from example_site.stripe_simulator.billing.cancellation import ENDED
from example_site.stripe_simulator.errors import StripeError, declined, invalid
from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.resources import subscriptions as api
from example_site.stripe_simulator.routing import Call
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from .markup import Page, page, see_other
from .portal_view import content

NOTICES = {
    "cancel": "The subscription is cancelled and runs until the end of its period.",
    "cancel_now": "The subscription has ended.",
    "keep": "The subscription goes on.",
    "quantity": "The quantity is changed.",
    "price": "The price is changed.",
    "card": "The card is changed.",
    "pay": "The invoice is paid.",
    "pause": "The subscription is paused.",
    "resume": "The subscription goes on.",
}


def show(world: World, id_: str, query: Json, *, error: str = "", status: int = 200) -> Page:
    session = world.store.get("billing_portal.session", id_)
    customer = world.store.get("customer", session["customer"])
    features = features_of(world, session)
    notice = NOTICES.get(str(query.get("done", "")), "")
    return page(
        "Your billing",
        content(world, session, customer, features),
        error=error,
        notice=notice,
        status=status,
    )


def features_of(world: World, session: Json) -> Json:
    configuration = world.store.get("billing_portal.configuration", session["configuration"])
    features: Json = configuration["features"]
    return features


def act(world: World, id_: str, form: dict[str, Any]) -> Page:
    session = world.store.get("billing_portal.session", id_)
    action = str(form.get("action", ""))
    try:
        if action not in ACTIONS:
            raise StripeError("Unknown action.")
        feature, run = ACTIONS[action]
        if feature and not features_of(world, session)[feature]["enabled"]:
            raise StripeError("This is switched off in the portal configuration.")
        run(world, session, form)
    except StripeError as error:
        return show(world, id_, {}, error=str(error), status=error.status)
    return see_other(after(session, id_, action))


def after(session: Json, id_: str, action: str) -> str:
    """Where the member goes: back to the site if the flow of the session says so."""
    completion = (session["flow"] or {}).get("after_completion") or {}
    if completion.get("type") == "redirect":
        return str(completion["redirect"]["return_url"])
    return f"/portal/{id_}?done={action}"


def own(world: World, session: Json, form: dict[str, Any]) -> Json:
    """The subscription that the form names, if it belongs to the customer of the session."""
    subscription = world.store.find("subscription", str(form.get("subscription", "")))
    if subscription is None or subscription["customer"] != session["customer"]:
        raise invalid("No such subscription.")
    if subscription["status"] in ENDED:
        raise invalid("This subscription has ended.")
    return subscription


def cancel(world: World, session: Json, form: dict[str, Any]) -> None:
    subscription = own(world, session, form)
    if features_of(world, session)["subscription_cancel"]["mode"] == "immediately":
        cancellation.cancel_now(world, subscription, reason="cancellation_requested")
        return
    with changing(world, subscription, "customer.subscription.updated"):
        cancellation.schedule_as_portal(world, subscription)


def keep(world: World, session: Json, form: dict[str, Any]) -> None:
    subscription = own(world, session, form)
    with changing(world, subscription, "customer.subscription.updated"):
        cancellation.unschedule(subscription)


def change(world: World, subscription: Json, params: Json) -> None:
    api.modify(Call(world, params, {"subscription_exposed_id": subscription["id"]}))


def set_quantity(world: World, session: Json, form: dict[str, Any]) -> None:
    subscription = own(world, session, form)
    text = str(form.get("quantity", ""))
    if not text.isdecimal() or not 1 <= int(text) <= 999_999:
        raise invalid("Enter a quantity of at least 1.")
    item = {"id": str(form.get("item", "")), "quantity": int(text)}
    change(world, subscription, {"items": [item]})


def set_price(world: World, session: Json, form: dict[str, Any]) -> None:
    subscription = own(world, session, form)
    item = {"id": str(form.get("item", "")), "price": str(form.get("price", ""))}
    change(world, subscription, {"items": [item]})


def set_card(world: World, session: Json, form: dict[str, Any]) -> None:
    behaviour = form.get("card")
    if behaviour not in {"ok", "decline"}:
        raise invalid("Choose a test card.")
    customer = world.store.get("customer", session["customer"])
    checkout.change_card(world, customer, str(behaviour))


def pay(world: World, session: Json, form: dict[str, Any]) -> None:
    invoice = world.store.find("invoice", str(form.get("invoice", "")))
    if invoice is None or invoice["customer"] != session["customer"]:
        raise invalid("No such invoice.")
    if invoice["status"] != "open":
        raise invalid("This invoice is not open.")
    if invoices.attempt(world, invoice) == "requires_payment_method":
        raise declined()


def pause(world: World, session: Json, form: dict[str, Any]) -> None:
    subscription = own(world, session, form)
    api.pause(Call(world, {}, {"subscription": subscription["id"]}))


def resume(world: World, session: Json, form: dict[str, Any]) -> None:
    subscription = own(world, session, form)
    api.resume(Call(world, {}, {"subscription": subscription["id"]}))


Action = Callable[[World, Json, dict[str, Any]], None]
ACTIONS: dict[str, tuple[str, Action]] = {
    "cancel": ("subscription_cancel", cancel),
    "keep": ("subscription_cancel", keep),
    "quantity": ("subscription_update", set_quantity),
    "price": ("subscription_update", set_price),
    "card": ("payment_method_update", set_card),
    "pay": ("", pay),
    "pause": ("subscription_pause", pause),
    "resume": ("subscription_pause", resume),
}
