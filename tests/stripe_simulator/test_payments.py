"""Invoices, what pays them, and what is given back."""

import pytest
import stripe


def test_from_a_charge_to_its_subscription(shop) -> None:
    subscription = shop.subscribe()
    charge = shop.client.v1.charges.list({"customer": shop.ada.id}).data[0]
    rows = shop.client.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": charge.payment_intent}}
    ).data
    assert shop.client.v1.invoice_payments.retrieve(rows[0].id).status == "paid"
    invoice = shop.client.v1.invoices.retrieve(rows[0].invoice)
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert "subscription" not in invoice.to_dict()
    intent = shop.client.v1.payment_intents.retrieve(charge.payment_intent)
    assert (intent.status, intent.latest_charge) == ("succeeded", charge.id)
    assert "invoice" not in intent.to_dict()


def test_a_declined_payment_is_a_card_error_and_can_be_tried_again(simulator, shop) -> None:
    subscription = shop.subscribe(payment_behavior="default_incomplete")
    simulator.card(shop.ada.id, "decline")
    with pytest.raises(stripe.CardError) as declined:
        shop.client.v1.invoices.pay(subscription.latest_invoice)
    assert declined.value.code == "card_declined"
    assert declined.value.error.payment_intent.status == "requires_payment_method"
    paid = shop.client.v1.invoices.pay(subscription.latest_invoice, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.attempt_count) == ("paid", 2)
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        shop.client.v1.invoices.pay(subscription.latest_invoice)


def test_an_open_invoice_can_be_voided_or_given_up(shop) -> None:
    for call, status in (
        (shop.client.v1.invoices.void_invoice, "void"),
        (shop.client.v1.invoices.mark_uncollectible, "uncollectible"),
    ):
        subscription = shop.subscribe(payment_behavior="default_incomplete")
        assert call(subscription.latest_invoice).status == status
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.invoices.void_invoice(shop.subscribe().latest_invoice)
    assert {"invoice.voided", "invoice.marked_uncollectible", "payment_intent.canceled"} <= set(
        shop.event_types()
    )


def test_a_manual_invoice_is_drafted_finalized_and_deleted(shop) -> None:
    invoice = shop.client.v1.invoices.create({"customer": shop.ada.id, "description": "Thanks"})
    assert (invoice.status, invoice.parent, invoice.auto_advance) == ("draft", None, False)
    changed = shop.client.v1.invoices.update(invoice.id, {"metadata": {"a": "b"}})
    assert changed.metadata["a"] == "b"
    assert shop.client.v1.invoices.finalize_invoice(invoice.id).status == "paid"
    other = shop.client.v1.invoices.create({"customer": shop.ada.id})
    assert shop.client.v1.invoices.delete(other.id).deleted
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.invoices.delete(invoice.id)


def test_invoices_are_found_by_their_subscription_and_status(shop) -> None:
    paid = shop.subscribe()
    waiting = shop.subscribe(payment_behavior="default_incomplete")
    found = shop.client.v1.invoices.list
    assert [row.id for row in found({"subscription": paid.id}).data] == [paid.latest_invoice]
    assert [row.id for row in found({"status": "open"}).data] == [waiting.latest_invoice]


def test_a_partial_refund_is_not_a_refund_of_the_charge(shop) -> None:
    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    first = shop.client.v1.refunds.create({"charge": charge.id, "amount": 1000})
    shown = shop.client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (shown.refunded, shown.amount_refunded) == (False, 1000)
    assert [row.id for row in shown.refunds.data] == [first.id]
    shop.client.v1.refunds.create({"payment_intent": charge.payment_intent})
    assert shop.client.v1.charges.retrieve(charge.id).refunded
    with pytest.raises(stripe.InvalidRequestError) as again:
        shop.client.v1.refunds.create({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"
    assert shop.event_types().count("charge.refunded") == 2


def test_more_than_the_charge_cannot_be_refunded(shop) -> None:
    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    for params in ({"amount": 6001}, {"amount": 0}):
        with pytest.raises(stripe.InvalidRequestError):
            shop.client.v1.refunds.create({"charge": charge.id, **params})
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.refunds.create({"amount": 5})
    assert shop.client.v1.refunds.list().data == []


def test_a_refund_can_fail_later(simulator, shop) -> None:
    from .test_control import control

    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    refund = shop.client.v1.refunds.create({"charge": charge.id})
    control(simulator, "POST", f"refunds/{refund.id}/fail", {})
    assert shop.client.v1.refunds.retrieve(refund.id).status == "failed"
    assert not shop.client.v1.charges.retrieve(charge.id).refunded
    assert "refund.failed" in shop.event_types()


def test_features_of_a_product_follow_the_subscription(shop) -> None:
    feature = shop.client.v1.entitlements.features.create({"name": "Courses", "lookup_key": "courses"})
    attached = shop.client.v1.products.features.create(shop.pro.id, {"entitlement_feature": feature.id})
    assert shop.client.v1.products.features.list(shop.pro.id).data[0].id == attached.id

    def keys() -> list[str]:
        rows = shop.client.v1.entitlements.active_entitlements.list({"customer": shop.ada.id}).data
        return [row.lookup_key for row in rows]

    assert keys() == []
    subscription = shop.subscribe()
    assert keys() == ["courses"]
    shop.client.v1.subscriptions.cancel(subscription.id)
    assert keys() == []
    summaries = shop.client.v1.events.list(
        {"type": "entitlements.active_entitlement_summary.updated"}
    ).data
    assert [len(event.data.object["entitlements"]["data"]) for event in summaries] == [0, 1]
    assert "id" not in summaries[0].data.object
    assert shop.client.v1.products.features.delete(shop.pro.id, attached.id).deleted


def test_labels_can_be_put_on_what_was_paid(shop) -> None:
    shop.subscribe()
    charge = shop.client.v1.charges.list().data[0]
    refund = shop.client.v1.refunds.create({"charge": charge.id, "amount": 1})
    api = shop.client.v1
    label = {"metadata": {"order": "7"}}
    assert api.charges.update(charge.id, label).metadata["order"] == "7"
    assert api.refunds.update(refund.id, label).metadata["order"] == "7"
    assert api.payment_intents.update(charge.payment_intent, label).metadata["order"] == "7"
    assert [row.id for row in api.payment_intents.list({"customer": shop.ada.id}).data] == [
        charge.payment_intent
    ]
    assert [row.id for row in api.refunds.list({"charge": charge.id}).data] == [refund.id]
    assert {"charge.updated", "refund.updated"} <= set(shop.event_types())


def test_an_invoice_can_be_sent_again(shop) -> None:
    api = shop.client.v1.invoices
    invoice = api.create(
        {"customer": shop.ada.id, "collection_method": "send_invoice", "days_until_due": 5}
    )
    assert api.send_invoice(invoice.id).number is not None
    api.send_invoice(invoice.id)
    with pytest.raises(stripe.InvalidRequestError):
        api.send_invoice(shop.subscribe().latest_invoice)


def test_a_draft_is_paid_in_one_go_and_a_finalized_one_is_not_finalized_again(simulator, shop) -> None:
    subscription = shop.subscribe(collection_method="send_invoice", days_until_due=5)
    api = shop.client.v1.invoices
    assert api.pay(subscription.latest_invoice).status == "paid"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.finalize_invoice(subscription.latest_invoice)
    assert refused.value.code == "invoice_not_editable"


def test_features_are_named_renamed_and_archived(shop) -> None:
    api = shop.client.v1.entitlements.features
    feature = api.create({"name": "Courses", "lookup_key": "courses", "metadata": {"a": "b"}})
    for key in ("courses", "k" * 81):
        with pytest.raises(stripe.InvalidRequestError):
            api.create({"name": "Again", "lookup_key": key})
    assert api.update(feature.id, {"name": "All courses", "active": False}).name == "All courses"
    assert api.retrieve(feature.id).active is False
    assert [row.id for row in api.list({"archived": True}).data] == [feature.id]
    assert api.list({"archived": False}).data == []


def test_many_features_are_cut_in_the_event_and_can_be_paged(shop) -> None:
    for at in range(12):
        feature = shop.client.v1.entitlements.features.create({"name": str(at), "lookup_key": f"f{at}"})
        shop.client.v1.products.features.create(shop.pro.id, {"entitlement_feature": feature.id})
    shop.subscribe()
    event = shop.client.v1.events.list({"type": "entitlements.active_entitlement_summary.updated"}).data[
        0
    ]
    listed = event.data.object["entitlements"]
    assert (len(listed["data"]), listed["has_more"]) == (10, True)
    rows = shop.client.v1.entitlements.active_entitlements.list({"customer": shop.ada.id, "limit": 5})
    all_rows = list(rows.auto_paging_iter())
    assert len({row.lookup_key for row in all_rows}) == 12
    api = shop.client.v1.entitlements.active_entitlements
    assert api.retrieve(all_rows[0].id).lookup_key == all_rows[0].lookup_key
