"""Requests made from Stripe's description: a value for every parameter, and objects to point at."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from example_site.stripe_simulator.parameters import schema_for
from example_site.stripe_simulator.routing import ROUTES

from .test_requests import raw

DAY = 86400
URLS = {"url", "success_url", "cancel_url", "return_url", "default_return_url"}
SKIP = {"expand"}


def encode(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        pairs = [encode(each, f"{name}[{key}]" if name else key) for key, each in value.items()]
        return [pair for each in pairs for pair in each]
    if isinstance(value, list):
        pairs = [encode(each, f"{name}[{at}]") for at, each in enumerate(value)]
        return [pair for each in pairs for pair in each]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value))]


class Bench:
    """A simulator with one object of every kind, and plain requests to it."""

    def __init__(self, simulator) -> None:
        self.simulator = simulator
        self.ids: dict[str, str] = {}
        self.count = 0
        self.stock()

    def send(self, method: str, path: str, params: dict | None = None, **headers: str):
        form = urlencode(encode(params or {}))
        if method == "POST":
            return raw(self.simulator, method, path, form, **headers)
        return raw(self.simulator, method, f"{path}{'&' if '?' in path else '?'}{form}", **headers)

    def make(self, path: str, **params: Any) -> dict:
        status, body, _ = self.send("POST", path, params)
        assert status == 200, (path, params, body)
        return body

    def stock(self) -> None:
        """One object of each kind that requests name."""
        ids = self.ids
        ids["product"] = self.make("/v1/products", name="Pro")["id"]
        price = {"product": ids["product"], "currency": "eur", "unit_amount": 1000}
        ids["once"] = self.make("/v1/prices", **price)["id"]
        ids["price"] = self.make("/v1/prices", **price, recurring={"interval": "month"})["id"]
        card = {"payment_method": "pm_card_visa"}
        ids["customer"] = self.make("/v1/customers", email="a@example.com", **card)["id"]
        cards = self.send("GET", f"/v1/customers/{ids['customer']}/payment_methods")[1]["data"]
        ids["payment_method"] = cards[0]["id"]
        default = {"default_payment_method": ids["payment_method"]}
        self.make(f"/v1/customers/{ids['customer']}", invoice_settings=default)
        ids["coupon"] = self.make("/v1/coupons", percent_off="10", duration="once")["id"]
        code = {"type": "coupon", "coupon": ids["coupon"]}
        ids["promotion_code"] = self.make("/v1/promotion_codes", promotion=code)["id"]
        ids["feature"] = self.make("/v1/entitlements/features", name="F", lookup_key="f")["id"]
        subscription = self.subscription()
        ids["subscription"] = subscription["id"]
        ids["item"] = subscription["items"]["data"][0]["id"]
        ids["charge"] = self.send("GET", "/v1/charges")[1]["data"][0]["id"]
        ids["payment_intent"] = self.send("GET", "/v1/payment_intents")[1]["data"][0]["id"]
        configuration = self.make("/v1/billing_portal/configurations", features=FEATURES)
        ids["configuration"] = configuration["id"]
        frozen = self.simulator.now
        ids["test_clock"] = self.make("/v1/test_helpers/test_clocks", frozen_time=frozen)["id"]

    def subscription(self, **params: Any) -> dict:
        items = [{"price": self.ids["price"], "quantity": 2}]
        return self.make("/v1/subscriptions", customer=self.ids["customer"], items=items, **params)

    def unique(self, word: str) -> str:
        self.count += 1
        return f"{word}{self.count}"

    def value(self, schema: dict, name: str, *, path: str = "") -> Any:
        """A value that the description allows for the parameter *name*."""
        if "anyOf" in schema:
            choices = [each for each in schema["anyOf"] if each.get("enum") != [""]]
            return self.value(choices[0], name, path=path)
        kind = schema.get("type")
        if kind == "array":
            return [self.value(schema["items"], name, path=path)]
        if kind == "object":
            return self.object(schema, name, path)
        return self.scalar(schema, name, path)

    def object(self, schema: dict, name: str, path: str) -> dict:
        if "properties" not in schema:
            return {self.key(name): self.value(schema.get("additionalProperties") or {}, "x")}
        needed = schema.get("required", ())
        result = {key: self.value(schema["properties"][key], key, path=path) for key in needed}
        return result or self.first(schema, path)

    def key(self, name: str) -> str:
        return "usd" if name == "currency_options" else "key"

    def first(self, schema: dict, path: str) -> dict:
        """An object without required parts: the first one that there is."""
        names = [
            key for key in ("price", "coupon", *schema["properties"]) if key in schema["properties"]
        ]
        return {names[0]: self.value(schema["properties"][names[0]], names[0], path=path)}

    def scalar(self, schema: dict, name: str, path: str) -> str | int | bool:
        if "enum" in schema:
            return next((each for each in schema["enum"] if each), "")
        if schema.get("type") == "boolean":
            return True
        if schema.get("type") in {"integer", "number"}:
            return self.number(name)
        return self.text(schema, name, path)

    def number(self, name: str) -> int:
        moments = ("_at", "_end", "_date", "date", "time", "timestamp", "anchor", "_by")
        return self.simulator.now + 3 * DAY if name.endswith(moments) else 1

    def text(self, schema: dict, name: str, path: str) -> str:
        if schema.get("format") == "decimal":
            return "1"
        if name == "price" and path not in {"/v1/subscriptions", "/v1/subscription_items"}:
            return self.ids["once" if "invoice" in path else "price"]
        if name in self.ids:
            return self.ids[name]
        return {
            "currency": "eur",
            "default_payment_method": self.ids["payment_method"],
            "entitlement_feature": self.ids["feature"],
            "email": "b@example.com",
            "from_subscription": self.ids["subscription"],
            "iban": "DE89370400440532013000",
            "query": "created>0",
            "plan": self.ids["price"],
            "products": self.ids["product"],
        }.get(name) or ("https://example.com/" if name in URLS else self.unique(name))


FEATURES = {"invoice_history": {"enabled": True}}


def operations(method: str) -> Iterator[tuple[str, dict]]:
    """Each answered operation of *method* with the schema of its parameters."""
    for each in ROUTES:
        if each.method == method:
            yield each.pattern, schema_for(method, each.pattern)
