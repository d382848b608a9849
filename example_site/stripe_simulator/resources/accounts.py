"""/v1/accounts: connected accounts of the simulated platform; each has objects of its own."""

from __future__ import annotations

from example_site.stripe_simulator.errors import StripeError, invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from .updates import merge_metadata, update

PLATFORM = "acct_1Simulator000000"
FIELDS = ("business_type", "email", "business_profile")


def new_account(world: World, *, id_: str | None = None, **fields: object) -> Json:
    return {
        "id": id_ or world.ids.next("acct", length=16),
        "object": "account",
        "business_profile": None,
        "business_type": None,
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "created": world.now(),
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
        **fields,
    }


@route("GET", "/v1/account")
def own(call: Call) -> Json:
    """The account of the key, or the one that the header names."""
    world = call.world
    if world.account is None:
        return new_account(world, id_=PLATFORM)
    return render(world, world.platform.get("account", world.account))


@route("POST", "/v1/accounts")
def create(call: Call) -> Json:
    given = call.params
    require_platform(call)
    fields = {name: given[name] for name in ("country", "type") if name in given}
    account = new_account(call.world, **fields)
    update(account, {**given, "metadata": merge_metadata(None, given.get("metadata"))}, *FIELDS)
    call.world.store.add(account)
    call.world.open_account(account["id"])
    return render(call.world, account)


@route("GET", "/v1/accounts")
def index(call: Call) -> Json:
    require_platform(call)
    return listing(call, call.world.store.all("account"))


@route("GET", "/v1/accounts/{account}")
def retrieve(call: Call) -> Json:
    if call.path["account"] == PLATFORM and call.world.account is None:
        return own(call)
    return render(call.world, find(call))


@route("POST", "/v1/accounts/{account}")
def modify(call: Call) -> Json:
    account = find(call)
    with call.world.acting_for(account["id"]), changing(call.world, account, "account.updated"):
        update(account, call.params, *FIELDS)
    return render(call.world, account)


@route("DELETE", "/v1/accounts/{account}")
def delete(call: Call) -> Json:
    require_platform(call)
    account = find(call)
    gone = call.world.store.remove(account)
    call.world.close_account(account["id"])
    return gone


def require_platform(call: Call) -> None:
    if call.world.account is not None:
        raise invalid("A connected account has no accounts of its own.")


def find(call: Call) -> Json:
    account = call.world.platform.find("account", call.path["account"])
    if account is None:
        raise no_access(call.path["account"])
    return account


def no_access(id_: str) -> StripeError:
    return StripeError(
        f"The provided key does not have access to account '{id_}' (or that account does not exist). "
        "Application access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def deauthorize(world: World, id_: str) -> None:
    """The owner of a connected account disconnects it: the platform hears of it, and is locked out."""
    account = world.platform.get("account", id_)
    application = {"id": "ca_simulator", "object": "application", "name": "Platform"}
    with world.acting_for(id_):
        emit(world, "account.application.deauthorized", application)
    # Its objects stay: the account goes on, and the event is still to be delivered.
    world.platform.remove(account)
