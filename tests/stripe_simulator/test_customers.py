"""Customers and their cards."""

import pytest
import stripe


def test_a_customer_can_be_made_changed_found_and_deleted(client) -> None:
    ada = client.v1.customers.create({"email": "ada@example.com", "metadata": {"user": "1"}})
    client.v1.customers.update(ada.id, {"name": "Ada", "address": {"country": "AT", "city": "Wien"}})
    shown = client.v1.customers.retrieve(ada.id)
    assert (shown.name, shown.address.country, shown.metadata["user"]) == ("Ada", "AT", "1")
    assert [row.id for row in client.v1.customers.list({"email": "ada@example.com"}).data] == [ada.id]
    assert client.v1.customers.list({"email": "Ada@example.com"}).data == []
    assert client.v1.customers.update(ada.id, {"email": ""}).email is None
    assert client.v1.customers.delete(ada.id).deleted


def test_a_deleted_customer_still_answers_but_takes_nothing(shop) -> None:
    shop.client.v1.customers.delete(shop.ada.id)
    shown = shop.client.v1.customers.retrieve(shop.ada.id)
    assert shown.to_dict() == {"id": shop.ada.id, "object": "customer", "deleted": True}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.customers.update(shop.ada.id, {"name": "x"})
    assert refused.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscribe()


def test_subscriptions_end_with_their_customer(shop) -> None:
    subscription = shop.subscribe()
    shop.client.v1.customers.delete(shop.ada.id)
    assert shop.subscription(subscription.id).status == "canceled"
    types = shop.event_types()
    assert types.index("customer.subscription.deleted") < types.index("customer.deleted")


def test_a_card_is_attached_made_default_and_detached(shop) -> None:
    methods = shop.client.v1.customers.payment_methods.list(shop.ada.id).data
    assert len(methods) == 2
    card = shop.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    shop.client.v1.payment_methods.attach(card.id, {"customer": shop.ada.id})
    shop.client.v1.customers.update(
        shop.ada.id, {"invoice_settings": {"default_payment_method": card.id}}
    )
    shown = shop.client.v1.customers.retrieve(shop.ada.id)
    assert shown.invoice_settings.default_payment_method == card.id
    shop.client.v1.payment_methods.detach(card.id)
    shown = shop.client.v1.customers.retrieve(shop.ada.id)
    assert shown.invoice_settings.default_payment_method is None


def test_the_card_of_another_customer_is_refused(shop) -> None:
    bob = shop.client.v1.customers.create({"name": "Bob", "payment_method": "pm_card_visa"})
    card = shop.client.v1.customers.payment_methods.list(bob.id).data[0]
    with pytest.raises(stripe.InvalidRequestError, match="belong"):
        shop.subscribe(default_payment_method=card.id)


def test_the_events_of_a_customer(shop) -> None:
    shop.client.v1.customers.update(shop.ada.id, {"name": "Ada L"})
    event = shop.client.v1.events.list({"type": "customer.updated"}).data[0]
    assert event.data.previous_attributes.to_dict() == {"name": "Ada"}
    assert event.request.id.startswith("req_")
    assert event.api_version == "2026-10-28.endive"
