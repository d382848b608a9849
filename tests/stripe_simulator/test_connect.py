"""Connected accounts: objects, clocks, keys and events of their own."""

import pytest
import stripe

from .pages import visit
from .test_control import control
from .wire import client_for

STRIPE_FAULTS = (stripe.PermissionError, stripe.InvalidRequestError)


@pytest.fixture
def account(client) -> str:
    return client.v1.accounts.create({"type": "standard", "email": "seller@example.com"}).id


@pytest.fixture
def seller(simulator, account) -> stripe.StripeClient:
    return client_for(simulator, stripe_account=account)


def test_each_account_sees_its_own_objects_only(simulator, client, seller, account) -> None:
    ours = client.v1.customers.create({"email": "a@example.com"})
    theirs = seller.v1.customers.create({"email": "b@example.com"})
    assert [row.id for row in client.v1.customers.list().data] == [ours.id]
    assert [row.id for row in seller.v1.customers.list().data] == [theirs.id]
    for api, id_ in ((client, theirs.id), (seller, ours.id)):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            api.v1.customers.retrieve(id_)
        assert missing.value.code == "resource_missing"
    assert [row.id for row in client.v1.accounts.list().data] == [account]
    assert seller.v1.accounts.retrieve_current().id == account
    assert client.v1.accounts.retrieve_current().id != account


def test_the_same_idempotency_key_is_another_one_for_another_account(client, seller) -> None:
    options = {"idempotency_key": "k1"}
    ours = client.v1.customers.create({"email": "a@example.com"}, options)
    theirs = seller.v1.customers.create({"email": "b@example.com"}, options)
    assert ours.id != theirs.id


def test_events_of_accounts_go_to_connect_endpoints_and_name_the_account(
    simulator, client, seller, account, receiver
) -> None:
    plain = simulator.webhook(receiver.url + "?plain")
    connect = client.v1.webhook_endpoints.create(
        {"url": receiver.url + "?connect", "enabled_events": ["*"], "connect": True}
    ).secret
    simulator.webhook(receiver.url + "?thin", payload="thin", connect=True)
    client.v1.products.create({"name": "Ours"})
    assert simulator.wait_idle()
    (event,) = receiver.events(plain)
    assert "account" not in event.to_dict()
    receiver.clear()
    theirs = seller.v1.products.create({"name": "Theirs"})
    assert simulator.wait_idle()
    assert sorted(receiver.types) == ["product.created", "v1.product.created"]
    at = receiver.types.index("product.created")
    event = stripe.Webhook.construct_event(receiver.bodies[at], receiver.signatures[at], connect)
    assert (event.account, event.data.object["id"]) == (account, theirs.id)
    assert seller.v1.events.retrieve(event.id).account == account
    assert seller.v1.events.retrieve(event.id).pending_webhooks == 0
    assert client.v1.events.list({"type": "product.created"}).data[0].data.object["name"] == "Ours"


def test_time_passes_for_every_account(simulator, seller) -> None:
    api = seller.v1
    product = api.products.create({"name": "Theirs"})
    price = api.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 500,
            "recurring": {"interval": "month"},
        }
    )
    session = api.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "http://shop.example/",
        }
    )
    assert visit(session.url, {"card": "ok", "email": "c@example.com"}).status == 303
    (subscription,) = api.subscriptions.list().data
    simulator.advance(days=32)
    assert len(api.invoices.list({"subscription": subscription.id}).data) == 2
    charge = api.charges.list().data[0]
    assert control(simulator, "POST", f"charges/{charge.id}/dispute", {})[0] == 200
    assert api.disputes.list().data[0].charge == charge.id


def test_an_account_that_disconnects_locks_the_platform_out(
    simulator, client, seller, account, receiver
) -> None:
    simulator.webhook(receiver.url, connect=True)
    assert client.v1.accounts.update(account, {"email": "new@example.com"}).email == "new@example.com"
    assert simulator.wait_idle()
    assert control(simulator, "POST", f"accounts/{account}/deauthorize", {})[0] == 200
    with pytest.raises(STRIPE_FAULTS) as refused:
        seller.v1.customers.list()
    assert refused.value.http_status == 403
    assert simulator.wait_idle()
    assert receiver.types == ["account.updated", "account.application.deauthorized"]


def test_an_account_that_never_was_is_refused(simulator) -> None:
    with pytest.raises(STRIPE_FAULTS) as refused:
        client_for(simulator, stripe_account="acct_nobody").v1.customers.list()
    assert refused.value.http_status == 403


def test_an_event_may_claim_the_other_mode(simulator, client, receiver) -> None:
    secret = simulator.webhook(receiver.url)
    client.v1.products.create({"name": "Pro"})
    assert simulator.wait_idle()
    (event,) = receiver.events(secret)
    path = f"events/{event.id}/redeliver"
    assert control(simulator, "POST", path, {"livemode": True}) == (200, {"queued": 1})
    assert simulator.wait_idle()
    assert [each.livemode for each in receiver.events(secret)] == [False, True]


def test_accounts_outlive_a_restart(simulator, seller, account) -> None:
    customer = seller.v1.customers.create({"email": "b@example.com"})
    with simulator.world.lock:
        kept = simulator.world.dump()
        simulator.world.reset()
        simulator.world.load(kept)
    assert seller.v1.customers.retrieve(customer.id).email == "b@example.com"
