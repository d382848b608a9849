"""API calls that fail on purpose, as the SDK sees them."""

import time

import pytest
import stripe

from .wire import client_for


def rule(simulator, **fault) -> None:
    simulator.set_faults(api=[fault])


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, stripe.InvalidRequestError),
        (401, stripe.AuthenticationError),
        (403, stripe.PermissionError),
        (429, stripe.RateLimitError),
        (500, stripe.APIError),
        (503, stripe.APIError),
    ],
)
def test_the_next_call_fails_and_the_one_after_works(simulator, client, status, error) -> None:
    rule(simulator, status=status)
    with pytest.raises(error) as failed:
        client.v1.products.create({"name": "a"})
    assert failed.value.http_status == status
    assert client.v1.products.list().data == []
    assert client.v1.products.create({"name": "a"}).name == "a"


def test_a_fault_hits_its_path_and_method_only(simulator, client) -> None:
    rule(simulator, status=500, path="/v1/prices*", method="GET", count=2)
    client.v1.products.create({"name": "a"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.prices.create({"currency": "eur"})
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.prices.list()
    client.v1.prices.list()


def test_the_sdk_retries_over_a_short_failure(simulator) -> None:
    rule(simulator, status=500, count=2)
    client = client_for(simulator, max_network_retries=2)
    made = client.v1.products.create({"name": "a"})
    assert [row.id for row in client.v1.products.list().data] == [made.id]


def test_a_lost_answer_is_replayed_and_the_work_done_once(simulator) -> None:
    rule(simulator, kind="reset", after=True)
    client = client_for(simulator, max_network_retries=1)
    client.v1.products.create({"name": "a"})
    assert len(client.v1.products.list().data) == 1


def test_a_reset_connection_is_a_connection_error(simulator, client) -> None:
    rule(simulator, kind="reset")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.products.create({"name": "a"})
    assert client.v1.products.list().data == []


def test_a_proxy_that_answers_html_is_an_api_error(simulator, client) -> None:
    rule(simulator, kind="html")
    with pytest.raises(stripe.APIError):
        client.v1.products.list()


def test_a_slow_answer_is_a_time_out_for_the_impatient(simulator) -> None:
    rule(simulator, kind="hang", seconds=2)
    hasty = client_for(simulator, http_client=stripe.RequestsClient(timeout=0.2))
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.products.list()
    rule(simulator, kind="hang", seconds=0.3)
    start = time.monotonic()
    assert client_for(simulator).v1.products.list().data == []
    assert time.monotonic() - start >= 0.3


def test_others_are_served_while_one_hangs(simulator, client) -> None:
    rule(simulator, kind="hang", seconds=4, path="/v1/prices")
    hasty = client_for(simulator, http_client=stripe.RequestsClient(timeout=0.1))
    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.prices.list()
    start = time.monotonic()
    client.v1.products.list()
    assert time.monotonic() - start < 3
