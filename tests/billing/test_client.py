"""The line to Stripe: what it refuses, what its errors say, and what they never say."""

import time

import pytest
import stripe as sdk
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from wagtail_licensing.billing.client import API_VERSION, Gateway, is_loopback, path_of, translate
from wagtail_licensing.billing.errors import BadRequest, Missing, Refused, Unavailable

KEY = "sk_test_suite"


def test_the_pinned_version_is_the_one_of_the_sdk(stripe):
    seen = []
    stripe.observers.append(lambda incoming, answer: seen.append(incoming.headers))
    Gateway().get("/v1/products")
    assert seen[0]["stripe-version"] == API_VERSION == sdk.api_version


@pytest.mark.parametrize(
    ("base", "key"),
    [
        ("https://evil.example", KEY),
        ("http://127.0.0.1.evil.example", KEY),
        ("http://10.0.0.1", KEY),
        ("http://localhost@evil.example", KEY),
        ("http://127.0.0.1:1", "sk_live_1"),
        ("http://127.0.0.1:1", "rk_live_1"),
        ("http://127.0.0.1:1", "pk_test_1"),
    ],
)
def test_another_address_is_for_loopback_and_a_test_key(settings, base, key):
    settings.WAGTAIL_LICENSING_STRIPE_API_BASE = base
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = key
    with pytest.raises(ImproperlyConfigured) as error:
        Gateway()
    assert key not in str(error.value)


@pytest.mark.parametrize("base", ["http://127.0.0.1:8", "http://localhost:8", "http://[::1]:8"])
def test_loopback_has_several_names(base):
    assert is_loopback(base)


def test_nothing_is_asked_without_a_key(settings):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    with pytest.raises(ImproperlyConfigured):
        Gateway()


@pytest.mark.django_db
def test_stripe_is_not_called_inside_a_transaction(stripe):
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        Gateway().get("/v1/products")
    assert Gateway().get("/v1/products")["data"] == []


@pytest.mark.parametrize("object_id", ["", "x" * 256])
def test_an_id_that_can_be_none_is_missing(object_id):
    with pytest.raises(Missing):
        path_of("subscriptions", object_id)


def test_an_id_cannot_leave_its_collection():
    assert path_of("subscriptions", "../customers?x=1") == "/v1/subscriptions/..%2Fcustomers%3Fx%3D1"


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        ({"status": 500}, Unavailable),
        ({"status": 503}, Unavailable),
        ({"status": 409}, Unavailable),
        ({"status": 429}, Unavailable),
        ({"status": 401}, Refused),
        ({"status": 403}, Refused),
        ({"status": 404}, Missing),
        ({"status": 400}, BadRequest),
        ({"status": 402}, BadRequest),
        ({"kind": "reset"}, Unavailable),
        ({"kind": "html", "status": 502}, Unavailable),
    ],
)
def test_every_failure_is_one_of_ours_and_holds_no_key(stripe, fault, failure):
    """Pitfall 40."""
    stripe.set_faults(api=[{**fault, "count": 9}])
    with pytest.raises(failure) as error:
        Gateway().get("/v1/products")
    assert type(error.value) is failure
    assert KEY not in repr(error.value)
    assert error.value.__suppress_context__


def test_a_wrong_key_is_not_told_in_the_error(stripe, settings):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = "rk_test_x"
    error = sdk.AuthenticationError("Invalid API key: 'sk_test_secret'", http_status=401)
    assert "sk_test" not in str(translate(error))


def test_a_short_answer_is_waited_for_only_so_long(stripe):
    stripe.set_faults(api=[{"kind": "hang", "seconds": 5, "count": 9}])
    begun = time.monotonic()
    gateway = Gateway(patience=0.5)
    for _ in range(3):
        with pytest.raises(Unavailable):
            gateway.get("/v1/products")
    assert time.monotonic() - begun < 1.5


def test_a_list_is_read_to_its_end(stripe):
    for number in range(103):
        Gateway().post("/v1/products", idempotency_key=f"p{number}", name=f"Product {number}")
    rows = list(Gateway().pages("/v1/products"))
    assert len({row["id"] for row in rows}) == 103


def test_the_same_idempotency_key_creates_once(stripe):
    first = Gateway().post("/v1/products", idempotency_key="once", name="Pro")
    assert Gateway().post("/v1/products", idempotency_key="once", name="Pro") == first
    with pytest.raises(BadRequest):
        Gateway().post("/v1/products", idempotency_key="once", name="Basic")
