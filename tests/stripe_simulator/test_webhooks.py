"""Delivery of events: signatures, retries, and everything that can go wrong on purpose."""

import json
import time

import pytest
import stripe

from .test_control import control


@pytest.fixture
def secret(simulator, receiver) -> str:
    return simulator.webhook(receiver.url)


def make(client, count: int = 1) -> list[str]:
    """Ids of products, each with one event."""
    return [client.v1.products.create({"name": f"p{at}"}).id for at in range(count)]


def subjects(receiver) -> list[str]:
    return [json.loads(body)["data"]["object"]["id"] for body in receiver.bodies]


def test_events_arrive_in_order_and_verify(simulator, client, receiver, secret) -> None:
    ids = make(client, 3)
    assert simulator.wait_idle()
    events = receiver.events(secret)
    assert [event.data.object["id"] for event in events] == ids
    assert {event.type for event in events} == {"product.created"}
    assert all(event.livemode is False for event in events)
    assert [row["state"] for row in simulator.deliveries()] == ["delivered"] * 3
    stored = client.v1.events.retrieve(events[0].id)
    assert stored.pending_webhooks == 0
    assert json.loads(receiver.bodies[0])["pending_webhooks"] == 1


def test_another_secret_does_not_verify(simulator, client, receiver, secret) -> None:
    make(client)
    assert simulator.wait_idle()
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.events("whsec_other")
    receiver.bodies[0] = receiver.bodies[0].replace(b"p0", b"p1")
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.events(secret)


def test_signatures_use_real_time_even_when_the_clock_is_far_ahead(
    simulator, client, receiver, secret
) -> None:
    simulator.advance(days=400)
    make(client)
    assert simulator.wait_idle()
    (event,) = receiver.events(secret)
    assert event.created > time.time() + 390 * 86400


def test_an_endpoint_made_through_the_api_gets_what_it_asked_for(simulator, client, receiver) -> None:
    endpoint = client.v1.webhook_endpoints.create(
        {
            "url": receiver.url,
            "enabled_events": ["price.created"],
            "metadata": {"a": "b"},
            "api_version": "2026-10-28.endive",
        }
    )
    assert endpoint.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()
    (product,) = make(client)
    client.v1.prices.create({"product": product, "currency": "eur", "unit_amount": 1})
    assert simulator.wait_idle()
    assert [event.type for event in receiver.events(endpoint.secret)] == ["price.created"]

    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.prices.create({"product": product, "currency": "eur", "unit_amount": 2})
    assert simulator.wait_idle()
    assert len(receiver.bodies) == 1
    assert len(client.v1.webhook_endpoints.list().data) == 1
    assert client.v1.webhook_endpoints.delete(endpoint.id).deleted


@pytest.mark.parametrize(
    "params",
    [
        {"url": "nowhere", "enabled_events": ["*"]},
        {"url": "http://[::1/hook", "enabled_events": ["*"]},
        {"url": "http://a.example:99999/", "enabled_events": ["*"]},
        {"url": "http://a.example", "enabled_events": ["nothing.happened"]},
        {"url": "http://a.example"},
    ],
)
def test_an_endpoint_without_sense_is_refused(client, params) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.webhook_endpoints.create(params)


def test_a_failed_delivery_is_tried_again(simulator, client, receiver, secret) -> None:
    receiver.answers = [500, 503]
    make(client)
    assert simulator.wait_idle()
    (row,) = simulator.deliveries()
    assert (row["state"], row["attempts"][0]["status"]) == ("retrying", 500)
    pending = client.v1.events.list({"delivery_success": False}).data
    assert [event.type for event in pending] == ["product.created"]
    assert simulator.flush() == 1
    assert simulator.wait_idle()
    assert simulator.deliveries()[0]["state"] == "retrying"
    # The second retry comes by itself, or at once by flush.
    simulator.flush()
    assert simulator.wait_idle()
    (row,) = simulator.deliveries()
    assert (row["state"], [each["status"] for each in row["attempts"]]) == (
        "delivered",
        [500, 503, 200],
    )
    assert client.v1.events.list({"delivery_success": False}).data == []
    assert len({event.id for event in receiver.events(secret)}) == 1


def test_the_first_retry_comes_by_itself(simulator, client, receiver, secret) -> None:
    receiver.answers = [500]
    make(client)
    for _ in range(300):
        if len(receiver.bodies) == 2:
            break
        time.sleep(0.05)
    assert len(receiver.events(secret)) == 2


def test_an_endpoint_that_is_gone_does_not_stop_the_others(simulator, client, receiver) -> None:
    simulator.webhook("http://127.0.0.1:9/hook")
    secret = simulator.webhook(receiver.url)
    make(client)
    assert simulator.wait_idle()
    assert len(receiver.events(secret)) == 1
    states = {row["url"]: row for row in simulator.deliveries()}
    assert states["http://127.0.0.1:9/hook"]["attempts"][0]["error"] == "ConnectionRefusedError"
    assert client.v1.events.list().data[0].pending_webhooks == 1


def test_duplicates_carry_the_same_event(simulator, client, receiver, secret) -> None:
    simulator.set_faults(webhooks={"duplicate": 2})
    make(client)
    assert simulator.wait_idle()
    events = receiver.events(secret)
    assert len(events) == 3
    assert len({event.id for event in events}) == 1


def test_held_events_wait_for_the_flush(simulator, client, receiver, secret) -> None:
    simulator.set_faults(webhooks={"hold": True})
    ids = make(client, 3)
    assert simulator.wait_idle()
    assert receiver.bodies == []
    assert simulator.flush() == 3
    assert simulator.wait_idle()
    assert subjects(receiver) == ids


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_events_come_in_another_order(simulator, client, receiver, secret, order) -> None:
    simulator.set_faults(webhooks={"reorder": order})
    ids = make(client, 6)
    assert receiver.bodies == []
    simulator.flush()
    assert simulator.wait_idle()
    got = subjects(receiver)
    assert sorted(got) == sorted(ids)
    assert got != ids
    assert order == "shuffled" or got == ids[::-1]


def test_delayed_events_come_late(simulator, client, receiver, secret) -> None:
    simulator.set_faults(webhooks={"delay_seconds": 1.5})
    start = time.monotonic()
    make(client)
    assert receiver.bodies == []
    assert simulator.wait_idle()
    assert time.monotonic() - start >= 1.5
    assert len(receiver.bodies) == 1


def test_dropped_events_are_lost_but_listed_as_undelivered(simulator, client, receiver, secret) -> None:
    simulator.set_faults(webhooks={"drop": 2})
    ids = make(client, 3)
    assert simulator.wait_idle()
    assert subjects(receiver) == ids[2:]
    lost = client.v1.events.list({"delivery_success": False}).data
    assert sorted(event.data.object["id"] for event in lost) == sorted(ids[:2])
    simulator.set_faults(webhooks={"drop": True})
    make(client, 2)
    assert simulator.wait_idle()
    assert len(receiver.bodies) == 1


def test_only_some_types_are_dropped(simulator, shop, receiver, secret) -> None:
    simulator.set_faults(webhooks={"drop_types": ["invoice.*", "customer.subscription.updated"]})
    shop.subscribe()
    assert simulator.wait_idle()
    assert "customer.subscription.created" in receiver.types
    assert not [each for each in receiver.types if each.startswith("invoice.")]
    assert "customer.subscription.updated" not in receiver.types
    simulator.clear_faults()
    shop.subscribe()
    assert simulator.wait_idle()
    assert "invoice.paid" in receiver.types


def test_an_event_can_be_sent_again_through_any_weather(simulator, client, receiver, secret) -> None:
    simulator.set_faults(webhooks={"drop": True})
    make(client)
    event = client.v1.events.list().data[0]
    assert control(simulator, "POST", f"events/{event.id}/redeliver", {})[1] == {"queued": 1}
    assert simulator.wait_idle()
    assert [each.id for each in receiver.events(secret)] == [event.id]
    assert client.v1.events.list({"delivery_success": True}).data[0].id == event.id
    assert control(simulator, "POST", "events/evt_no/redeliver", {})[0] == 404


def test_a_rolled_secret_signs_together_with_the_old_one(simulator, client, receiver, secret) -> None:
    new = simulator.rotate_secret(receiver.url, overlap=60)
    make(client)
    assert simulator.wait_idle()
    assert receiver.signatures[0].count("v1=") == 2
    assert receiver.events(secret)[0].id == receiver.events(new)[0].id


def test_a_rolled_secret_without_overlap_signs_alone(simulator, client, receiver, secret) -> None:
    new = simulator.rotate_secret(receiver.url, overlap=0)
    make(client)
    assert simulator.wait_idle()
    assert len(receiver.events(new)) == 1
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.events(secret)


def test_the_control_api_registers_and_rotates(simulator, client, receiver) -> None:
    _, made = control(simulator, "POST", "webhook_endpoints", {"url": receiver.url, "secret": "whsec_a"})
    assert made["secret"] == "whsec_a"
    (row,) = control(simulator, "GET", "webhook_endpoints")[1]["data"]
    path = f"webhook_endpoints/{row['id']}/rotate"
    _, rolled = control(simulator, "POST", path, {"overlap_seconds": 0})
    make(client)
    control(simulator, "POST", "wait_idle", {"timeout": 5})
    assert len(receiver.events(rolled["secret"])) == 1
    (delivery,) = control(simulator, "GET", "deliveries?limit=1")[1]["data"]
    assert delivery["state"] == "delivered"


def test_registering_the_same_endpoint_twice_delivers_once(simulator, client, receiver, secret) -> None:
    assert simulator.webhook(receiver.url) == secret
    assert simulator.webhook(receiver.url, secret) == secret
    make(client)
    assert simulator.wait_idle()
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    "faults",
    [
        {"webhooks": {"duplicate": -1}},
        {"webhooks": {"delay_seconds": 99999}},
        {"webhooks": {"reorder": "sideways"}},
        {"webhooks": {"explode": True}},
        {"api": [{"kind": "melt"}]},
        {"api": [{"status": 200}]},
        {"api": [{"colour": "red"}]},
        {"weather": "bad"},
    ],
)
def test_a_fault_without_sense_is_refused_and_changes_nothing(simulator, faults) -> None:
    before = control(simulator, "GET", "faults")[1]
    assert control(simulator, "POST", "faults", faults)[0] == 400
    assert control(simulator, "GET", "faults")[1] == before


# --- events through the API -----------------------------------------------------------------------


def test_events_are_listed_by_types_and_forgotten_after_30_days(simulator, shop) -> None:
    shop.subscribe()
    found = shop.client.v1.events.list
    types = {event.type for event in found({"types": ["invoice.paid", "charge.succeeded"]}).data}
    assert types == {"invoice.paid", "charge.succeeded"}
    assert {event.type for event in found({"type": "invoice.*"}).data} > {"invoice.paid"}
    for params in ({"types": ["a"] * 21}, {"type": "a", "types": ["b"]}):
        with pytest.raises(stripe.InvalidRequestError):
            found(params)
    old = found({"type": "invoice.paid"}).data[0]
    simulator.advance(days=29)
    assert shop.client.v1.events.retrieve(old.id).id == old.id
    simulator.advance(days=2)
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.events.retrieve(old.id)
    assert old.id not in [event.id for event in found({"limit": 100}).data]


def test_new_events_are_read_from_a_known_one_onwards(client) -> None:
    make(client, 3)
    events = client.v1.events.list().data
    newer = client.v1.events.list({"ending_before": events[-1].id}).auto_paging_iter()
    assert [event.id for event in newer] == [events[1].id, events[0].id]
