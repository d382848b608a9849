"""Any client of Stripe's v1 API: every operation and parameter of the description, over plain HTTP.

Every answer goes through the judge of `wire.py`: Stripe's shape, or Stripe's error.
"""

from collections.abc import Iterator

import pytest

from example_site.stripe_simulator import running_simulator

from .samples import DAY, FEATURES, SKIP, Bench, encode, operations
from .wire import client_for, judged

TYPES = {"invalid_request_error", "card_error", "idempotency_error", "api_error"}
POSTS = dict(operations("POST"))
LISTS = sorted(path for path, schema in operations("GET") if "starting_after" in schema["properties"])

ITEM = [{"price": "PRICE", "quantity": 2}]
PLACES = {
    "/v1/accounts": {},
    "/v1/billing_portal/configurations": {"features": FEATURES},
    "/v1/billing_portal/sessions": {"customer": "CUSTOMER"},
    "/v1/checkout/sessions": {
        "mode": "subscription",
        "line_items": ITEM,
        "success_url": "https://example.com/",
    },
    "/v1/coupons": {"percent_off": "10"},
    "/v1/customers": {},
    "/v1/invoiceitems": {"customer": "CUSTOMER", "amount": 5, "currency": "eur"},
    "/v1/invoices": {"customer": "CUSTOMER"},
    "/v1/payment_methods": {"type": "card"},
    "/v1/prices": {"currency": "eur", "product": "PRODUCT", "unit_amount": 5},
    "/v1/products": {"name": "P"},
    "/v1/promotion_codes": {"promotion": {"type": "coupon", "coupon": "COUPON"}},
    "/v1/refunds": {"charge": "CHARGE", "amount": 1},
    "/v1/subscription_items": {"subscription": "SUBSCRIPTION", "price": "OTHER"},
    "/v1/subscription_schedules": {"customer": "CUSTOMER", "phases": [{"items": ITEM}]},
    "/v1/subscriptions": {"customer": "CUSTOMER", "items": ITEM},
    "/v1/webhook_endpoints": {"url": "http://127.0.0.1:9/", "enabled_events": ["price.deleted"]},
    "/v1/customers/{customer}/tax_ids": {"type": "eu_vat", "value": "DE123456789"},
    "/v1/payment_methods/{payment_method}/attach": {"customer": "CUSTOMER"},
}
"""What each create needs beyond what the description calls required."""


@pytest.fixture
def bench(simulator) -> Bench:
    return Bench(simulator)


@pytest.fixture(scope="module")
def busy() -> Iterator[Bench]:
    """One simulator for many tests: what they leave behind disturbs none of them."""
    with running_simulator(seed="conformance") as running, judged(running, most=10):
        yield Bench(running)


def filled(bench: Bench, value):
    """*value* with names in capitals replaced by ids."""
    if isinstance(value, dict):
        return {key: filled(bench, each) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(bench, each) for each in value]
    if value == "OTHER":
        price = {"product": bench.ids["product"], "currency": "eur", "unit_amount": 7}
        return bench.make("/v1/prices", **price, recurring={"interval": "month"})["id"]
    return bench.ids.get(value.lower(), value) if isinstance(value, str) and value.isupper() else value


def base_of(bench: Bench, path: str) -> dict:
    """The least that makes the operation on *path* succeed."""
    schema = POSTS[path]
    needed = {
        name: bench.value(schema["properties"][name], name, path=path)
        for name in schema.get("required", ())
    }
    base = {**needed, **filled(bench, PLACES.get(path, {}))}
    if path.startswith("/v1/test_helpers") and path.endswith("advance"):
        base["frozen_time"] = bench.simulator.now + 4 * DAY
    if path.endswith("create_preview"):
        base["subscription"] = target(bench, "subscription", path)
        base["subscription_details"] = {"proration_behavior": "always_invoice"}
    return base


MAKERS = {
    "account": "/v1/accounts",
    "charge": None,
    "session": "/v1/checkout/sessions",
    "invoice": "/v1/invoices",
    "invoiceitem": "/v1/invoiceitems",
    "schedule": "/v1/subscription_schedules",
    "refund": "/v1/refunds",
    "webhook_endpoint": "/v1/webhook_endpoints",
    "payment_method": "/v1/payment_methods",
    "test_clock": "/v1/test_helpers/test_clocks",
    "coupon": "/v1/coupons",
    "price": "/v1/prices",
}


def address(bench: Bench, path: str) -> str:
    """*path* with ids: of a fresh object where the operation uses it up."""
    for part in [each[1:-1] for each in path.split("/") if each.startswith("{")]:
        path = path.replace("{" + part + "}", target(bench, part, path))
    return path


def target(bench: Bench, part: str, path: str) -> str:
    if part == "dispute":
        charge = bench.make("/v1/subscriptions", **filled(bench, PLACES["/v1/subscriptions"]))
        intent = bench.send("GET", f"/v1/invoice_payments?invoice={charge['latest_invoice']}")[1]
        id_ = intent["data"][0]["payment"]["payment_intent"]
        latest = bench.send("GET", f"/v1/payment_intents/{id_}")[1]["latest_charge"]
        return bench.simulator.dispute(latest)["id"]
    if part == "invoice" and path.endswith(("void", "mark_uncollectible", "send")):
        customer, send = bench.ids["customer"], {"collection_method": "send_invoice"}
        bench.make("/v1/invoiceitems", customer=customer, amount=100, currency="eur")
        more = {"pending_invoice_items_behavior": "include", "currency": "eur"}
        row = bench.make("/v1/invoices", customer=customer, days_until_due=5, **send, **more)
        if not path.endswith("send"):
            bench.make(f"/v1/invoices/{row['id']}/finalize")
        return row["id"]
    if part in {"subscription", "subscription_exposed_id"}:
        row = bench.subscription()
        if path.endswith("resume"):
            bench.make(f"/v1/subscriptions/{row['id']}/pause")
        return row["id"]
    if part == "id":
        return bench.ids["feature" if "features" in path else "product"]
    if part == "intent":
        return bench.ids["payment_intent"]
    maker = MAKERS.get(part)
    if maker is None or part in {"price", "coupon"}:
        return bench.ids[part]
    made = bench.make(maker, **base_of(bench, maker))
    if path.endswith("detach"):
        bench.make(f"/v1/payment_methods/{made['id']}/attach", customer=bench.ids["customer"])
    return made["id"]


def check_error(status: int, body: dict, what: object) -> dict:
    """An error of Stripe's: type, message, and the parameter or code that a program needs."""
    assert "error" in body, (what, "was taken")
    error = body["error"]
    assert status in {400, 402, 404}, (what, body)
    assert error["type"] in TYPES, (what, body)
    assert error["message"], (what, body)
    if "code" in error:
        assert error["doc_url"].endswith(error["code"].replace("_", "-"))
    return error


POSSIBLE = sorted(set(POSTS) - {"/v1/refunds/{refund}/cancel"})
"""Every operation but one: no refund here waits for its payer, so that none can be canceled."""


@pytest.mark.parametrize("path", POSSIBLE)
def test_each_operation_takes_the_parameters_that_the_description_names(busy, path) -> None:
    """Each optional parameter once: it is taken, or refused for a reason that names it."""
    schema = POSTS[path]
    status, body, headers = busy.send("POST", address(busy, path), base_of(busy, path))
    assert status == 200, (path, body)
    assert headers["Request-Id"].startswith("req_")
    optional = sorted(set(schema["properties"]) - SKIP - set(base_of(busy, path)))
    for name in optional:
        given = {**base_of(busy, path), name: busy.value(schema["properties"][name], name, path=path)}
        status, body, _ = busy.send("POST", address(busy, path), given)
        if status != 200:
            error = check_error(status, body, (path, name, given))
            about = error.get("param", "") + error["message"]
            assert name in about or error.get("code") or "param" not in error, (path, given, error)


@pytest.mark.parametrize("path", sorted(POSTS))
def test_what_is_not_in_the_description_is_refused(busy, path) -> None:
    where, base = address(busy, path), base_of(busy, path)
    status, body, _ = busy.send("POST", where, {**base, "colour": "red"})
    error = check_error(status, body, path)
    assert (status, error["code"], error["param"]) == (400, "parameter_unknown", "colour")
    assert error["message"] == "Received unknown parameter: colour"
    schema = POSTS[path]
    for name in schema.get("required", ()):
        rest = {key: value for key, value in base.items() if key != name}
        error = check_error(*busy.send("POST", where, rest)[:2], (path, name))
        assert (error["code"], error["param"]) == ("parameter_missing", name)
    for name, each in schema["properties"].items():
        for wrong in wrong_values(each):
            status, body, _ = busy.send("POST", where, {**base, name: wrong})
            error = check_error(status, body, (path, name, wrong))
            assert (status, error["param"].split("[")[0]) == (400, name), (path, name, wrong, body)


def wrong_values(schema: dict) -> list:
    """Values of a type that *schema* does not take."""
    kind = schema.get("type")
    if "anyOf" in schema or "format" in schema:
        return []
    if kind in {"integer", "number"}:
        return ["many", {"a": "1"}]
    if kind == "boolean":
        return ["perhaps", {"a": "1"}]
    if kind in {"array", "object"}:
        return ["text"]
    return ["nonsense", {"a": "1"}] if any(schema.get("enum", ())) else [{"a": "1"}]


@pytest.mark.parametrize("path", LISTS)
def test_each_list_is_paged_both_ways(bench, path) -> None:
    """Three pages forwards and back again give the same rows in the same order."""
    ids = {
        "charge": bench.ids["charge"],
        "customer": bench.ids["customer"],
        "product": bench.ids["product"],
        "session": bench.make("/v1/checkout/sessions", **filled(bench, PLACES["/v1/checkout/sessions"]))[
            "id"
        ],
        "invoice": bench.subscription()["latest_invoice"],
    }
    where = path
    for name, id_ in ids.items():
        where = where.replace("{" + name + "}", id_)
    query = {"customer": bench.ids["customer"]} if "active_entitlements" in path else {}
    query |= {"subscription": bench.ids["subscription"]} if "subscription_items" in path else {}
    if path in POSTS:
        for _ in range(3):
            bench.send("POST", where, base_of(bench, path))
    status, whole, _ = bench.send("GET", where, {**query, "limit": 100})
    assert (status, whole["object"]) == (200, "list"), whole
    assert whole["url"] == where
    wanted = [row["id"] for row in whole["data"]][:5]
    seen: list[str] = []
    while len(seen) < len(wanted):
        cursor = {"starting_after": seen[-1]} if seen else {}
        _, page, _ = bench.send("GET", where, {**query, "limit": 2, **cursor})
        assert page["has_more"] is (len(seen) + len(page["data"]) < len(whole["data"]))
        seen += [row["id"] for row in page["data"]]
    assert seen[: len(wanted)] == wanted
    if len(wanted) > 2:
        cursor = {"ending_before": wanted[2], "limit": 1}
        _, page, _ = bench.send("GET", where, {**query, **cursor})
        assert ([row["id"] for row in page["data"]], page["has_more"]) == ([wanted[1]], True)
    for limit in (0, 101):
        error = check_error(*bench.send("GET", where, {**query, "limit": limit})[:2], path)
        assert error["param"] == "limit"


@pytest.mark.parametrize("path", sorted(path for path in PLACES if "{" not in path))
def test_each_create_is_replayed_and_never_done_twice(busy, path) -> None:
    base = base_of(busy, path)
    key = {"Idempotency-Key": f"once {path}"}
    first = busy.send("POST", path, base, **key)
    second = busy.send("POST", path, base, **key)
    assert (first[0], second[0], first[1]) == (200, 200, second[1])
    assert second[2]["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first[2]
    status, body, _ = busy.send("POST", path, {**base, "expand": ["a"]}, **key)
    assert (status, body["error"]["type"]) == (400, "idempotency_error")


@pytest.mark.deep
@pytest.mark.parametrize("path", POSSIBLE)
def test_each_nested_parameter_is_taken_or_refused(busy, path) -> None:
    """The same for every leaf below the top of the description."""
    for name, value in leaves(busy, POSTS[path], path):
        given = {**base_of(busy, path), name: value}
        status, body, _ = busy.send("POST", address(busy, path), given)
        if status != 200:
            check_error(status, body, (path, encode(given)))


def leaves(bench: Bench, schema: dict, path: str):
    """Each parameter with one of its own parts at a time, as deep as the description goes."""
    for name, each in schema["properties"].items():
        if name not in SKIP:
            for value in variants(bench, each, name, path):
                yield name, value


def variants(bench: Bench, schema: dict, name: str, path: str):
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from variants(bench, each, name, path)
    elif schema.get("enum"):
        yield from schema["enum"]
    elif schema.get("type") == "array":
        yield from ([value] for value in variants(bench, schema["items"], name, path))
    elif schema.get("type") == "object" and "properties" in schema:
        needed = bench.object(schema, name, path) if schema.get("required") else {}
        for key, each in schema["properties"].items():
            for value in variants(bench, each, key, path):
                yield {**needed, key: value}
    else:
        yield bench.value(schema, name, path=path)


def test_the_package_creates_lists_and_reads_every_kind(bench) -> None:
    """The typed package instead of forms: one object of each kind, found in its list, read by its id."""
    api, ids = client_for(bench.simulator).v1, bench.ids
    monthly = [{"price": ids["price"]}]
    api.accounts.create({"type": "standard"})
    api.customers.tax_ids.create(ids["customer"], {"type": "eu_vat", "value": "DE123456789"})
    api.products.features.create(ids["product"], {"entitlement_feature": ids["feature"]})
    api.subscriptions.create({"customer": ids["customer"], "items": monthly})
    api.invoice_items.create({"customer": ids["customer"], "amount": 5, "currency": "eur"})
    api.refunds.create({"charge": ids["charge"], "amount": 1})
    api.subscription_schedules.create({"from_subscription": ids["subscription"]})
    api.billing_portal.sessions.create({"customer": ids["customer"]})
    api.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": ids["price"], "quantity": 1}],
            "success_url": "https://example.com/",
        }
    )
    api.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["price.deleted"]})
    bench.simulator.dispute(ids["charge"])
    found = set()
    for service in (
        api.accounts,
        api.billing_portal.configurations,
        api.charges,
        api.checkout.sessions,
        api.coupons,
        api.customers,
        api.disputes,
        api.entitlements.features,
        api.events,
        api.invoice_items,
        api.invoice_payments,
        api.invoices,
        api.payment_intents,
        api.payment_methods,
        api.prices,
        api.products,
        api.promotion_codes,
        api.refunds,
        api.subscription_schedules,
        api.subscriptions,
        api.test_helpers.test_clocks,
        api.webhook_endpoints,
    ):
        row = service.list().data[0]
        assert service.retrieve(row.id).id == row.id
        found.add(row.object)
    item = api.subscription_items.list({"subscription": ids["subscription"]}).data[0]
    right = api.entitlements.active_entitlements.list({"customer": ids["customer"]}).data[0]
    found |= {
        api.subscription_items.retrieve(item.id).object,
        api.entitlements.active_entitlements.retrieve(right.id).object,
        api.customers.tax_ids.list(ids["customer"]).data[0].object,
        api.products.features.list(ids["product"]).data[0].object,
    }
    stored = {kind for kind, rows in bench.simulator.world.store.kinds.items() if rows}
    assert stored - found == {"billing_portal.session"}
