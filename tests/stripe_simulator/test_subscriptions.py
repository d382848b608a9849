"""Creating, changing, pausing and ending subscriptions through the API."""

import pytest
import stripe


def refused(call, *arguments) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        call(*arguments)
    return error.value


# --- creating -------------------------------------------------------------------------------------


def period_of(subscription: stripe.Subscription) -> int:
    item = subscription["items"].data[0]
    return item.current_period_end - item.current_period_start


def test_a_subscription_is_paid_at_once_and_its_items_carry_the_period(shop) -> None:
    subscription = shop.subscribe(metadata={"user": "42"})
    assert (subscription.status, subscription.billing_mode.type) == ("active", "flexible")
    assert "current_period_end" not in subscription
    item = subscription["items"].data[0]
    assert (item.quantity, item.price.id, item.plan.id) == (3, shop.monthly.id, shop.monthly.id)
    assert item.current_period_start == subscription.created
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        6000,
        "subscription_create",
    )
    details = invoice.parent.subscription_details
    assert (details.subscription, details.metadata["user"]) == (subscription.id, "42")
    assert invoice.lines.data[0].period.end == item.current_period_end


def test_created_comes_incomplete_and_updated_tells_that_it_became_active(shop) -> None:
    subscription = shop.subscribe()
    created = shop.client.v1.events.list({"type": "customer.subscription.created"}).data[0]
    assert created.data.object["status"] == "incomplete"
    assert created.data.object["latest_invoice"] == subscription.latest_invoice
    updated = shop.client.v1.events.list({"type": "customer.subscription.updated"}).data[0]
    assert updated.data.previous_attributes.to_dict() == {"status": "incomplete"}
    assert updated.data.object["status"] == "active"


def test_without_a_card_nothing_is_created(shop) -> None:
    bob = shop.client.v1.customers.create({"name": "Bob"})
    error = refused(
        shop.client.v1.subscriptions.create,
        {"customer": bob.id, "items": [{"price": shop.monthly.id}]},
    )
    assert error.code == "resource_missing"
    assert shop.client.v1.subscriptions.list({"status": "all"}).data == []


def test_a_declined_first_payment_leaves_it_incomplete(simulator, shop) -> None:
    simulator.card(shop.ada.id, "decline")
    subscription = shop.subscribe()
    assert subscription.status == "incomplete"
    invoice = shop.client.v1.invoices.retrieve(
        subscription.latest_invoice, {"expand": ["payments.data.payment.payment_intent"]}
    )
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    intent = invoice.payments.data[0].payment.payment_intent
    assert intent.last_payment_error.code == "card_declined"
    simulator.card(shop.ada.id, "ok")
    shop.client.v1.invoices.pay(invoice.id)
    assert shop.subscription(subscription.id).status == "active"


def test_error_if_incomplete_creates_nothing(simulator, shop) -> None:
    simulator.card(shop.ada.id, "decline")
    with pytest.raises(stripe.CardError) as declined:
        shop.subscribe(payment_behavior="error_if_incomplete")
    assert (declined.value.code, declined.value.http_status) == ("card_declined", 402)
    assert shop.client.v1.subscriptions.list({"status": "all"}).data == []


def test_default_incomplete_waits_for_a_payment(shop) -> None:
    subscription = shop.subscribe(payment_behavior="default_incomplete")
    assert subscription.status == "incomplete"
    shop.client.v1.invoices.pay(subscription.latest_invoice)
    assert shop.subscription(subscription.id).status == "active"


def test_items_may_mix_intervals_in_flexible_mode_only(shop) -> None:
    items = [{"price": shop.monthly.id}, {"price": shop.yearly.id}]
    subscription = shop.subscribe(items=items)
    ends = [item.current_period_end for item in subscription["items"].data]
    assert ends[0] < ends[1]
    error = refused(
        shop.client.v1.subscriptions.create,
        {"customer": shop.ada.id, "items": items, "billing_mode": {"type": "classic"}},
    )
    assert error.param == "items"


def test_a_one_time_price_or_an_inactive_one_is_refused(shop) -> None:
    for price in (shop.course, shop.client.v1.prices.update(shop.yearly.id, {"active": False})):
        error = refused(
            shop.client.v1.subscriptions.create,
            {"customer": shop.ada.id, "items": [{"price": price.id}]},
        )
        assert error.param == "items[0][price]"


@pytest.mark.parametrize(
    "params",
    [
        {"items": []},
        {"items": [{"quantity": 1}]},
        {"trial_end": 1},
        {"trial_period_days": 800},
        {"trial_period_days": 7, "trial_end": 1999999999},
        {"billing_cycle_anchor": 1},
        {"collection_method": "send_invoice"},
        {"cancel_at": 1999999999, "cancel_at_period_end": True},
        {"cancel_at": 5},
    ],
)
def test_terms_without_sense_are_refused(shop, params) -> None:
    given = {"customer": shop.ada.id, "items": [{"price": shop.monthly.id}], **params}
    refused(shop.client.v1.subscriptions.create, given)


# --- changing -------------------------------------------------------------------------------------


def test_a_quantity_change_keeps_the_period_and_tells_the_old_one(shop) -> None:
    subscription = shop.subscribe()
    item = subscription["items"].data[0]
    changed = shop.client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "quantity": 7}]}
    )
    assert changed["items"].data[0].quantity == 7
    assert changed["items"].data[0].current_period_end == item.current_period_end
    event = shop.client.v1.events.list({"type": "customer.subscription.updated"}).data[0]
    assert event.data.previous_attributes["items"]["data"][0]["quantity"] == 3


def test_a_price_of_another_interval_starts_a_new_period_and_is_billed(simulator, shop) -> None:
    subscription = shop.subscribe()
    simulator.advance(days=10)
    item = subscription["items"].data[0]
    changed = shop.client.v1.subscriptions.update(
        subscription.id, {"items": [{"id": item.id, "price": shop.yearly.id}]}
    )
    assert changed["items"].data[0].id == item.id
    assert changed["items"].data[0].current_period_start >= subscription.created + 10 * 86400
    invoice = shop.client.v1.invoices.retrieve(changed.latest_invoice)
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    unused = round(6000 * (1 - 10 * 86400 / period_of(subscription)))
    assert invoice.total == pytest.approx(60000 - unused, abs=1)


def test_items_can_be_added_and_removed(shop) -> None:
    subscription = shop.subscribe()
    item = shop.client.v1.subscription_items.create(
        {"subscription": subscription.id, "price": shop.yearly.id, "quantity": 2}
    )
    rows = shop.client.v1.subscription_items.list({"subscription": subscription.id}).data
    assert [row.quantity for row in rows] == [3, 2]
    assert shop.client.v1.subscription_items.update(item.id, {"quantity": 4}).quantity == 4
    assert shop.client.v1.subscription_items.retrieve(item.id).quantity == 4
    assert shop.client.v1.subscription_items.delete(item.id).deleted
    assert len(shop.subscription(subscription.id)["items"].data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="at least one"):
        shop.client.v1.subscription_items.delete(rows[0].id)
    with pytest.raises(stripe.InvalidRequestError) as gone:
        shop.client.v1.subscription_items.retrieve(item.id)
    assert gone.value.http_status == 404


def test_more_than_ten_items_are_cut_and_can_be_paged(shop) -> None:
    prices = [
        shop.client.v1.prices.create(
            {
                "product": shop.pro.id,
                "currency": "eur",
                "unit_amount": 100 + at,
                "recurring": {"interval": "month"},
            }
        )
        for at in range(12)
    ]
    subscription = shop.subscribe(items=[{"price": price.id} for price in prices])
    assert (len(subscription["items"].data), subscription["items"].has_more) == (10, True)
    rows = shop.client.v1.subscription_items.list({"subscription": subscription.id, "limit": 5})
    assert len(list(rows.auto_paging_iter())) == 12
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (len(invoice.lines.data), invoice.lines.has_more) == (10, True)
    rows = shop.client.v1.invoices.line_items.list(invoice.id, {"limit": 100}).data
    assert len(rows) == 12


def test_a_refused_change_changes_nothing(shop) -> None:
    subscription = shop.subscribe()
    item = subscription["items"].data[0]
    refused(
        shop.client.v1.subscriptions.update,
        subscription.id,
        {"items": [{"id": item.id, "quantity": 9}, {"id": "si_no", "quantity": 1}]},
    )
    refused(
        shop.client.v1.subscriptions.update,
        subscription.id,
        {"items": [{"id": item.id, "quantity": 9}], "trial_end": 5},
    )
    refused(
        shop.client.v1.subscriptions.update,
        subscription.id,
        {"items": [{"id": item.id, "quantity": 9}], "discounts": [{"coupon": "no"}]},
    )
    assert shop.subscription(subscription.id)["items"].data[0].quantity == 3


def test_lists_hide_what_is_canceled_unless_asked(shop) -> None:
    subscription = shop.subscribe()
    shop.client.v1.subscriptions.cancel(subscription.id)
    other = shop.subscribe()
    listed = shop.client.v1.subscriptions.list
    assert [row.id for row in listed().data] == [other.id]
    assert [row.id for row in listed({"status": "canceled"}).data] == [subscription.id]
    assert [row.id for row in listed({"status": "ended"}).data] == [subscription.id]
    assert len(listed({"status": "all"}).data) == 2
    assert len(listed({"price": shop.monthly.id}).data) == 1
    assert listed({"price": shop.yearly.id}).data == []
    assert listed({"status": "all", "customer": "cus_no"}).data == []


def test_a_price_can_be_made_on_the_way(shop) -> None:
    data = {
        "currency": "eur",
        "product": shop.pro.id,
        "unit_amount": 123,
        "recurring": {"interval": "week"},
    }
    subscription = shop.subscribe(items=[{"price_data": data}])
    assert subscription["items"].data[0].price.unit_amount == 123


def test_a_new_anchor_starts_a_new_period(simulator, shop) -> None:
    subscription = shop.subscribe()
    simulator.advance(days=10)
    changed = shop.client.v1.subscriptions.update(
        subscription.id, {"billing_cycle_anchor": {"type": "now"}}
    )
    assert changed.billing_cycle_anchor - subscription.billing_cycle_anchor >= 10 * 86400
    assert changed.latest_invoice != subscription.latest_invoice


def test_an_anchor_in_the_future_ends_the_first_period(shop) -> None:
    anchor = shop.subscribe().created + 9 * 86400
    subscription = shop.subscribe(billing_cycle_anchor=anchor)
    assert subscription["items"].data[0].current_period_end == anchor


def test_the_card_of_a_subscription_wins_over_the_default(simulator, shop) -> None:
    subscription = shop.subscribe()
    shop.client.v1.subscriptions.update(
        subscription.id, {"default_payment_method": "pm_card_chargeDeclined"}
    )
    simulator.advance(days=32)
    assert shop.subscription(subscription.id).status == "past_due"
