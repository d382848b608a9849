"""Thin notifications beside snapshots, and retries on the simulator's clock."""

import json

import pytest
import stripe


def notices(receiver, secret: str, client) -> list:
    return [
        client.parse_event_notification(body, mark, secret)
        for body, mark in zip(receiver.bodies, receiver.signatures, strict=True)
    ]


def test_a_thin_notification_names_the_object_and_leads_to_it(simulator, shop, receiver) -> None:
    secret = simulator.webhook(receiver.url, payload="thin", events=["v1.customer.subscription.updated"])
    subscription = shop.subscribe(metadata={"a": "b"})
    shop.client.v1.subscriptions.update(subscription.id, {"metadata": {"a": "c"}})
    assert simulator.wait_idle()
    *_, notice = notices(receiver, secret, shop.client)
    assert (notice.type, notice.related_object.id) == (
        "v1.customer.subscription.updated",
        subscription.id,
    )
    body = json.loads(receiver.bodies[-1])
    assert body["object"] == "v2.core.event"
    assert not {"data", "changes", "_sim"} & set(body)
    assert notice.fetch_related_object().metadata["a"] == "c"
    snapshot = shop.client.v1.events.retrieve(body["snapshot_event"])
    assert snapshot.type == "customer.subscription.updated"
    assert notice.fetch_event().changes["before"]["metadata"]["a"] == "b"


def test_thin_events_say_in_particular_what_changed(simulator, shop, receiver) -> None:
    subscription = shop.subscribe()
    simulator.webhook(receiver.url, payload="thin")
    item = subscription["items"].data[0].id
    api = shop.client.v1.subscriptions
    api.update(subscription.id, {"items": [{"id": item, "quantity": 9}]})
    api.update(subscription.id, {"cancel_at_period_end": True})
    api.update(subscription.id, {"items": [{"price": shop.yearly.id}]})
    assert simulator.wait_idle()
    assert {
        "v1.customer.subscription.item_quantity_changed",
        "v1.customer.subscription.cancel_at_changed",
        "v1.customer.subscription.item_added",
    } <= set(receiver.types)


def test_both_kinds_of_endpoints_get_their_own_shape(simulator, client, receiver) -> None:
    simulator.webhook(receiver.url + "?thin", payload="thin")
    simulator.webhook(receiver.url + "?snapshot")
    client.v1.products.create({"name": "Pro"})
    assert simulator.wait_idle()
    assert sorted(receiver.types) == ["product.created", "v1.product.created"]
    (event,) = client.v1.events.list().data
    assert event.pending_webhooks == 0
    assert len(client.v1.webhook_endpoints.list().data) == 1


def test_a_destination_is_made_changed_and_taken_away_by_the_v2_api(simulator, client, receiver) -> None:
    api = client.v2.core.event_destinations
    made = api.create(
        {
            "name": "Site",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["v1.product.created"],
            "webhook_endpoint": {"url": receiver.url},
            "include": ["webhook_endpoint.signing_secret", "webhook_endpoint.url"],
        }
    )
    secret = made.webhook_endpoint.signing_secret
    assert (made.status, made.webhook_endpoint.url) == ("enabled", receiver.url)
    assert api.retrieve(made.id).webhook_endpoint.signing_secret is None
    client.v1.products.create({"name": "Pro"})
    assert simulator.wait_idle()
    assert [each.type for each in notices(receiver, secret, client)] == ["v1.product.created"]
    assert api.disable(made.id).status == "disabled"
    client.v1.products.create({"name": "Team"})
    assert api.enable(made.id).status == "enabled"
    changed = api.update(made.id, {"name": "Other", "enabled_events": ["v1.price.created"]})
    assert (changed.name, changed.enabled_events) == ("Other", ["v1.price.created"])
    client.v1.products.create({"name": "Group"})
    assert simulator.wait_idle()
    assert len(receiver.bodies) == 1
    assert [row.id for row in api.list().data] == [made.id]
    assert [row.type for row in client.v2.core.events.list({"object_id": "prod_no"}).data] == []
    assert api.delete(made.id).id == made.id
    with pytest.raises(stripe.InvalidRequestError):
        api.retrieve(made.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_payload": "fat"},
        {"type": "amazon_eventbridge"},
        {"enabled_events": ["product.created"]},
        {"webhook_endpoint": {"url": "nowhere"}},
        {"colour": "red"},
        {"name": None},
    ],
)
def test_a_destination_without_sense_is_refused(client, wrong) -> None:
    good = {
        "name": "Site",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": ["v1.product.created"],
        "webhook_endpoint": {"url": "http://site.example/"},
    }
    given = {key: value for key, value in {**good, **wrong}.items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError):
        client.v2.core.event_destinations.create(given)


@pytest.mark.parametrize(
    ("mode", "over", "attempts"), [("sandbox", {"hours": 5}, 4), ("live", {"days": 3.5}, 11)]
)
def test_retries_follow_the_clock_and_end(simulator, client, receiver, mode, over, attempts) -> None:
    simulator.set_settings(webhook_retries=mode)
    simulator.webhook(receiver.url)
    receiver.answers = [500] * 50
    client.v1.products.create({"name": "Pro"})
    assert simulator.wait_idle()
    assert len(receiver.bodies) == 1
    simulator.advance(**over)
    (row,) = [wait_for_end(simulator)]
    assert (row["state"], len(row["attempts"])) == ("failed", attempts)
    (event,) = client.v1.events.list({"delivery_success": False}).data
    assert event.pending_webhooks == 1
    simulator.redeliver(event.id)
    receiver.answers = []
    simulator.flush()
    assert simulator.wait_idle()


def wait_for_end(simulator) -> dict:
    """The only delivery, when nothing is going to happen to it any more."""
    import time

    for _ in range(200):
        (row,) = simulator.deliveries()
        if row["state"] == "failed":
            return row
        time.sleep(0.02)
    raise AssertionError(row)
