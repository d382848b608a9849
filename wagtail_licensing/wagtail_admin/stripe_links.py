"""Addresses in Stripe's own dashboard, for ids that we keep."""

import re

from ..conf import conf

_DASHBOARD = "https://dashboard.stripe.com"

#: How an id begins -> the place in the dashboard. What has no page of its own is not here.
_PLACES = {
    "cus": "customers",
    "sub": "subscriptions",
    "pi": "payments",
    "ch": "payments",
    "in": "invoices",
    "evt": "events",
    "price": "prices",
    "prod": "products",
    "dp": "disputes",
    "du": "disputes",
}

_ID = re.compile(r"([a-z]+)_[A-Za-z0-9_]{1,250}")


def dashboard_url(stripe_id: str, *, livemode: bool | None = None) -> str:
    """Return the address of an object in Stripe's dashboard, of test mode unless ``livemode`` (None:
    the mode of the key). Empty for what has no page there, for anything that is no id, and while a
    simulator stands in for Stripe."""
    found = _ID.fullmatch(stripe_id)
    place = _PLACES.get(found[1]) if found else None
    if place is None or conf.stripe_api_base:
        return ""
    live = conf.stripe_livemode if livemode is None else livemode
    return f"{_DASHBOARD}{'' if live else '/test'}/{place}/{stripe_id}"
