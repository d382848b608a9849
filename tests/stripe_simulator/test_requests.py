"""What every request goes through: key, version, URL, parameters, replay, expand, pages of a list."""

import http.client
import json
import threading
from urllib.parse import urlsplit

import pytest
import stripe

from .wire import client_for


def raw(
    simulator, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, dict, dict[str, str]]:
    """One request without the SDK: status, JSON, headers."""
    connection = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=5)
    sent = {"Authorization": "Bearer sk_test_raw", **headers}
    connection.request(method, path, body, {key: value for key, value in sent.items() if value})
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text else {}, dict(response.headers)


# --- who asks, and what ---------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["sk_test_a", "rk_test_a"])
def test_any_test_key_opens_the_account(simulator, key) -> None:
    assert client_for(simulator, key=key).v1.products.list().data == []


@pytest.mark.parametrize("key", ["sk_live_abcdefgh", "pk_test_a", "whatever"])
def test_any_other_key_is_refused_without_being_repeated(simulator, key) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        client_for(simulator, key=key).v1.products.list()
    assert key not in str(refused.value) or len(key) <= 8


def test_a_request_without_a_key_is_401(simulator) -> None:
    status, body, _ = raw(simulator, "GET", "/v1/products", Authorization="")
    assert status == 401
    assert body["error"]["type"] == "invalid_request_error"


def test_a_key_in_basic_authorization_counts(simulator) -> None:
    status, _, _ = raw(simulator, "GET", "/v1/products", Authorization="Basic c2tfdGVzdF9hOg==")
    assert status == 200
    status, _, _ = raw(simulator, "GET", "/v1/products", Authorization="Basic %%%")
    assert status == 401


def test_an_unknown_url_is_404_in_json(simulator) -> None:
    for method, path in [("GET", "/v1/nothing"), ("PUT", "/v1/products"), ("GET", "/v2/core/what")]:
        status, body, headers = raw(simulator, method, path)
        assert status == 404
        assert "Unrecognized request URL" in body["error"]["message"]
        assert headers["Content-Type"] == "application/json"


def test_head_has_no_body(simulator) -> None:
    status, body, _ = raw(simulator, "HEAD", "/v1/products")
    assert (status, body) == (404, {})


def test_every_answer_names_its_request_and_the_version(simulator) -> None:
    _, _, headers = raw(simulator, "GET", "/v1/products")
    _, _, others = raw(simulator, "GET", "/v1/products")
    assert headers["Request-Id"].startswith("req_")
    assert headers["Request-Id"] != others["Request-Id"]
    assert headers["Stripe-Version"] == "2026-10-28.endive"


def test_another_api_version_is_refused(simulator) -> None:
    status, body, _ = raw(simulator, "GET", "/v1/products", **{"Stripe-Version": "2020-01-01"})
    assert status == 400
    assert "2020-01-01" in body["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Length": "abc"}, None, 400),
        ({"Content-Length": "99999999"}, None, 413),
        ({"Transfer-Encoding": "chunked", "Content-Length": ""}, None, 411),
        ({}, "name=%ff", 400),
        ({}, "a[b[c]=1", 400),
        ({}, "name=a&name[b]=1", 400),
        ({}, "&".join(f"metadata[{at}]=1" for at in range(2100)), 400),
        ({}, "a" + "[b]" * 20 + "=1", 400),
    ],
)
def test_what_is_not_a_form_is_refused(simulator, headers, body, status) -> None:
    got, answer, _ = raw(simulator, "POST", "/v1/products", body, **headers)
    assert (got, "error" in answer) == (status, True)


def test_a_name_that_only_resolves_to_loopback_is_refused(simulator) -> None:
    status, _, _ = raw(simulator, "GET", "/_simulator/state", Host="evil.example")
    assert status == 403


def test_an_empty_id_is_a_list_as_with_stripe(client) -> None:
    assert client.v1.subscriptions.retrieve("").object == "list"


# --- parameters -----------------------------------------------------------------------------------


def refused(call, *arguments) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        call(*arguments)
    return error.value


def test_an_unknown_parameter_is_named(client) -> None:
    error = refused(client.v1.products.create, {"name": "a", "colour": "red", "size": "L"})
    assert (error.code, error.param) == ("parameter_unknown", "colour")
    assert "colour, size" in str(error)
    error = refused(
        client.v1.prices.create, {"currency": "eur", "unit_amount": 1, "recurring": {"every": "day"}}
    )
    assert (error.code, error.param) == ("parameter_unknown", "recurring[every]")


def test_a_missing_parameter_is_named(client) -> None:
    error = refused(client.v1.products.create, {})
    assert (error.http_status, error.code, error.param) == (400, "parameter_missing", "name")
    error = refused(client.v1.subscriptions.create, {"items": []})
    assert (error.code, error.param) == ("parameter_missing", "customer")


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"unit_amount": "ten"}, "unit_amount", "parameter_invalid_integer"),
        ({"unit_amount": -1}, "unit_amount", "parameter_invalid_integer"),
        ({"active": "yes"}, "active", None),
        ({"billing_scheme": "per_moon"}, "billing_scheme", None),
        ({"recurring": "month"}, "recurring", None),
        ({"recurring": {"interval": "moon"}}, "recurring[interval]", None),
        ({"recurring": {"interval": "year", "interval_count": 9}}, "recurring[interval_count]", None),
        ({"unit_amount_decimal": "1,5"}, "unit_amount_decimal", None),
        ({"nickname": {"a": "b"}}, "nickname", None),
        ({"lookup_key": ""}, "lookup_key", "parameter_invalid_empty"),
        ({"currency": "euro"}, "currency", None),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"metadata": {str(at) + "k": "v" for at in range(51)}}, "metadata", None),
    ],
)
def test_a_wrong_value_is_named(shop, params, param, code) -> None:
    given = {"product": shop.pro.id, "currency": "eur", "unit_amount": 1, **params}
    if "unit_amount_decimal" in params:
        del given["unit_amount"]
    error = refused(shop.client.v1.prices.create, given)
    assert (error.http_status, error.param, error.code) == (400, param, code)


def test_nothing_is_created_by_a_refused_request(shop) -> None:
    before = shop.client.v1.prices.list().data
    refused(shop.client.v1.prices.create, {"product": shop.pro.id, "currency": "eur"})
    assert len(shop.client.v1.prices.list().data) == len(before)


def test_an_id_in_a_parameter_is_400_and_one_in_the_url_404(shop) -> None:
    error = refused(shop.client.v1.subscriptions.create, {"customer": "cus_no", "items": []})
    assert (error.http_status, error.code, error.param) == (400, "resource_missing", "customer")
    error = refused(shop.client.v1.subscriptions.retrieve, "sub_no")
    assert (error.http_status, error.code) == (404, "resource_missing")
    assert "No such subscription: 'sub_no'" in str(error)


# --- idempotency ----------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_answer_once_done(client) -> None:
    first = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"})
    again = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"})
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.request_id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(client.v1.customers.list().data) == 1


def test_the_same_key_for_something_else_is_an_error(client) -> None:
    client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "Bob"}, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError):
        client.v1.products.create({"name": "Ada"}, {"idempotency_key": "k1"})
    assert len(client.v1.customers.list().data) == 1


def test_a_failed_answer_is_replayed_too(shop) -> None:
    shop.client.v1.customers.update(
        shop.ada.id,
        {"invoice_settings": {"default_payment_method": "pm_card_chargeDeclined"}},
    )
    params = {
        "customer": shop.ada.id,
        "items": [{"price": shop.monthly.id}],
        "payment_behavior": "error_if_incomplete",
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError) as declined:
            shop.client.v1.subscriptions.create(params, {"idempotency_key": "k2"})
    assert declined.value.headers["Idempotent-Replayed"] == "true"


def test_a_refused_parameter_does_not_use_up_the_key(client) -> None:
    refused(client.v1.customers.create, {"colour": "red"}, {"idempotency_key": "k3"})
    assert client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "k3"}).name == "Ada"


def test_a_key_has_at_most_255_characters(client) -> None:
    error = refused(client.v1.customers.create, {"name": "Ada"}, {"idempotency_key": "k" * 256})
    assert error.http_status == 400


# --- expand ---------------------------------------------------------------------------------------


def test_ids_become_objects_on_request(shop) -> None:
    subscription = shop.subscribe()
    shown = shop.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["customer"]})
    assert shown.customer.email == "ada@example.com"
    shown = shop.client.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["latest_invoice.payments", "items.data.price.product"]}
    )
    assert shown.latest_invoice.payments.data[0].status == "paid"
    assert shown["items"].data[0].price.product.name == "Pro"


def test_lists_expand_their_rows(shop) -> None:
    shop.subscribe()
    rows = shop.client.v1.subscriptions.list({"expand": ["data.customer", "data.latest_invoice"]}).data
    assert rows[0].customer.name == "Ada"
    assert rows[0].latest_invoice.status == "paid"


@pytest.mark.parametrize("path", ["status", "nothing", "customer.nothing", "a.b.c.d.e"])
def test_what_is_not_expandable_is_refused(shop, path) -> None:
    subscription = shop.subscribe()
    error = refused(shop.client.v1.subscriptions.retrieve, subscription.id, {"expand": [path]})
    assert error.param == "expand"


def test_a_null_field_stays_null_when_expanded(shop) -> None:
    subscription = shop.subscribe()
    shown = shop.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["schedule"]})
    assert shown.schedule is None


# --- pages of a list ------------------------------------------------------------------------------


@pytest.fixture
def names(client) -> list[str]:
    """25 customers, newest first."""
    made = [client.v1.customers.create({"name": f"n{at}"}).name for at in range(25)]
    return made[::-1]


def test_a_list_has_ten_rows_and_says_that_there_are_more(client, names) -> None:
    page = client.v1.customers.list()
    assert [row.name for row in page.data] == names[:10]
    assert (page.has_more, page.url) == (True, "/v1/customers")


def test_pages_forward_reach_every_row_once(client, names) -> None:
    rows = client.v1.customers.list({"limit": 7}).auto_paging_iter()
    assert [row.name for row in rows] == names


def test_pages_backward_reach_every_newer_row(client, names) -> None:
    oldest = list(client.v1.customers.list({"limit": 100}).data)[-1]
    rows = client.v1.customers.list({"limit": 7, "ending_before": oldest.id}).auto_paging_iter()
    assert [row.name for row in rows] == names[:-1][::-1]


def test_the_last_page_says_so(client, names) -> None:
    page = client.v1.customers.list({"limit": 25})
    assert not page.has_more


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_limit_outside_1_to_100_is_refused(client, limit) -> None:
    error = refused(client.v1.customers.list, {"limit": limit})
    assert (error.param, error.code) == ("limit", "parameter_invalid_integer")


def test_two_cursors_or_an_unknown_one_are_refused(client, names) -> None:
    rows = client.v1.customers.list().data
    error = refused(
        client.v1.customers.list, {"starting_after": rows[0].id, "ending_before": rows[1].id}
    )
    assert error.code == "parameters_exclusive"
    error = refused(client.v1.customers.list, {"starting_after": "cus_no"})
    assert error.param == "starting_after"


def test_lists_filter_by_time(simulator, client) -> None:
    old = client.v1.customers.create({"name": "old"})
    simulator.advance(days=1)
    new = client.v1.customers.create({"name": "new"})
    rows = client.v1.customers.list({"created": {"gt": old.created}}).data
    assert [row.id for row in rows] == [new.id]
    rows = client.v1.customers.list({"created": {"lte": old.created}}).data
    assert [row.id for row in rows] == [old.id]
    assert client.v1.customers.list({"created": {"gt": old.created, "lt": new.created}}).data == []


# --- many at once ---------------------------------------------------------------------------------


def test_threads_do_not_tread_on_each_other(simulator) -> None:
    errors: list[Exception] = []

    def work(name: str) -> None:
        try:
            client = client_for(simulator)
            for at in range(15):
                customer = client.v1.customers.create({"name": f"{name}{at}"})
                client.v1.customers.update(customer.id, {"metadata": {"a": str(at)}})
                client.v1.customers.list({"limit": 100})
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert errors == []
    rows = list(client_for(simulator).v1.customers.list({"limit": 100}).auto_paging_iter())
    assert len({row.id for row in rows}) == 30


def test_one_key_used_by_two_threads_creates_one_customer(simulator) -> None:
    ids = []

    def work() -> None:
        made = client_for(simulator).v1.customers.create({"name": "x"}, {"idempotency_key": "same"})
        ids.append(made.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_the_same_seed_gives_the_same_ids(simulator) -> None:
    from example_site.stripe_simulator import running_simulator

    def first_id(seed: str | None) -> str:
        with running_simulator(seed=seed) as other:
            return client_for(other).v1.customers.create({"name": "Ada"}).id

    assert first_id("a") == first_id("a")
    assert first_id("a") != first_id("b")
    assert first_id(None) != first_id(None)


def test_a_fault_of_the_simulator_itself_is_stripes_500(simulator, client, capsys) -> None:
    simulator.world.store.add({"object": "subscription", "id": "sub_broken", "test_clock": None})
    simulator.world.touched()
    status, body, headers = raw(simulator, "GET", "/v1/products")
    assert (status, body["error"]["type"]) == (500, "api_error")
    assert "KeyError" not in json.dumps(body)
    assert headers["Content-Type"] == "application/json"
    assert "KeyError" in capsys.readouterr().err
    del simulator.world.store.kinds["subscription"]["sub_broken"]
    assert client.v1.products.list().data == []
