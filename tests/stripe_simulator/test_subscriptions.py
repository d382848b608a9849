"""Creating, changing, pausing and ending subscriptions through the API."""

import pytest
import stripe


def refused(call, *arguments) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as error:
        call(*arguments)
    return error.value


# --- creating -------------------------------------------------------------------------------------


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
    assert (invoice.billing_reason, invoice.status, invoice.total) == (
        "subscription_update",
        "paid",
        60000,
    )


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


def test_pausing_collection_leaves_the_status_and_voids_the_renewal(simulator, shop) -> None:
    subscription = shop.subscribe()
    paused = shop.client.v1.subscriptions.update(
        subscription.id, {"pause_collection": {"behavior": "void"}}
    )
    assert (paused.status, paused.pause_collection.behavior) == ("active", "void")
    simulator.advance(days=32)
    later = shop.subscription(subscription.id)
    assert later.status == "active"
    assert shop.client.v1.invoices.retrieve(later.latest_invoice).status == "void"
    resumed = shop.client.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    assert resumed.pause_collection is None


@pytest.mark.parametrize(
    ("behavior", "status"), [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible")]
)
def test_paused_collection_does_to_renewals_what_it_says(simulator, shop, behavior, status) -> None:
    subscription = shop.subscribe()
    resumes = subscription.created + 40 * 86400
    shop.client.v1.subscriptions.update(
        subscription.id, {"pause_collection": {"behavior": behavior, "resumes_at": resumes}}
    )
    simulator.advance(days=32)
    invoice = shop.client.v1.invoices.retrieve(shop.subscription(subscription.id).latest_invoice)
    assert invoice.status == status
    simulator.advance(days=9)
    assert shop.subscription(subscription.id).pause_collection is None


# --- pausing and resuming -------------------------------------------------------------------------


def test_a_paused_subscription_is_not_renewed_and_can_be_resumed(simulator, shop) -> None:
    subscription = shop.subscribe()
    paused = shop.client.v1.subscriptions.pause(subscription.id, {"type": "subscription"})
    assert paused.status == "paused"
    assert paused.status_details.paused.subscription.type == "pause_requested"
    assert "customer.subscription.paused" in shop.event_types()
    simulator.advance(days=40)
    assert shop.subscription(subscription.id).latest_invoice == subscription.latest_invoice
    resumed = shop.client.v1.subscriptions.resume(subscription.id)
    assert (resumed.status, resumed.status_details) == ("active", None)
    assert resumed["items"].data[0].current_period_start >= subscription.created + 40 * 86400
    assert "customer.subscription.resumed" in shop.event_types()


def test_resuming_within_the_period_costs_nothing(shop) -> None:
    subscription = shop.subscribe()
    shop.client.v1.subscriptions.pause(subscription.id)
    resumed = shop.client.v1.subscriptions.resume(
        subscription.id, {"billing_cycle_anchor": {"type": "unchanged"}}
    )
    assert (resumed.status, resumed.latest_invoice) == ("active", subscription.latest_invoice)


def test_resuming_with_a_failing_card_stays_paused(simulator, shop) -> None:
    subscription = shop.subscribe()
    shop.client.v1.subscriptions.pause(subscription.id)
    simulator.card(shop.ada.id, "decline")
    assert shop.client.v1.subscriptions.resume(subscription.id).status == "paused"


def test_only_flexible_subscriptions_can_be_paused_and_only_paused_ones_resumed(shop) -> None:
    classic = shop.subscribe(billing_mode={"type": "classic"})
    assert "flexible" in str(refused(shop.client.v1.subscriptions.pause, classic.id))
    refused(shop.client.v1.subscriptions.resume, classic.id)
    migrated = shop.client.v1.subscriptions.migrate(classic.id, {"billing_mode": {"type": "flexible"}})
    assert migrated.billing_mode.type == "flexible"


# --- ending ---------------------------------------------------------------------------------------


def test_cancelling_ends_it_now(shop) -> None:
    subscription = shop.subscribe()
    ended = shop.client.v1.subscriptions.cancel(
        subscription.id, {"cancellation_details": {"comment": "bye", "feedback": "unused"}}
    )
    assert ended.status == "canceled"
    assert ended.ended_at == ended.canceled_at
    details = ended.cancellation_details
    assert (details.reason, details.feedback) == ("cancellation_requested", "unused")
    assert refused(shop.client.v1.subscriptions.cancel, subscription.id).http_status == 404
    refused(shop.client.v1.subscriptions.update, subscription.id, {"cancel_at_period_end": True})


@pytest.mark.parametrize("mode", ["flexible", "classic"])
def test_cancelling_at_the_end_of_the_period_can_be_taken_back(simulator, shop, mode) -> None:
    subscription = shop.subscribe(billing_mode={"type": mode})
    end = subscription["items"].data[0].current_period_end
    planned = shop.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert (planned.cancel_at_period_end, planned.cancel_at) == (True, end)
    assert planned.canceled_at is not None
    kept = shop.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at_period_end, kept.cancel_at, kept.canceled_at) == (False, None, None)
    simulator.advance_to(end + 10)
    assert shop.subscription(subscription.id).status == "active"


def test_an_ended_subscription_tells_whether_it_ended_with_its_period(simulator, shop) -> None:
    planned, dropped = shop.subscribe(), shop.subscribe()
    for each in (planned, dropped):
        shop.client.v1.subscriptions.update(each.id, {"cancel_at_period_end": True})
    shop.client.v1.subscriptions.cancel(dropped.id)
    simulator.advance(days=32)
    assert shop.subscription(planned.id).status == "canceled"
    assert shop.subscription(planned.id).cancel_at_period_end
    assert not shop.subscription(dropped.id).cancel_at_period_end


def test_a_cancellation_in_the_portal_has_two_shapes(simulator, shop) -> None:
    from .test_control import control

    for mode, flag in (("flexible", False), ("classic", True)):
        subscription = shop.subscribe(billing_mode={"type": mode})
        path = f"subscriptions/{subscription.id}/cancel_in_portal"
        assert control(simulator, "POST", path, {})[0] == 200
        planned = shop.subscription(subscription.id)
        end = subscription["items"].data[0].current_period_end
        assert (planned.cancel_at_period_end, planned.cancel_at) == (flag, end)
        simulator.advance(seconds=1)
    simulator.advance(days=32)
    assert shop.client.v1.subscriptions.list({"status": "active"}).data == []


def test_it_ends_at_the_moment_given(simulator, shop) -> None:
    subscription = shop.subscribe()
    moment = subscription.created + 5 * 86400
    shop.client.v1.subscriptions.update(subscription.id, {"cancel_at": moment})
    simulator.advance_to(moment - 1)
    assert shop.subscription(subscription.id).status == "active"
    simulator.advance_to(moment)
    assert shop.subscription(subscription.id).ended_at == moment


def test_cancel_at_understands_the_ends_of_periods(shop) -> None:
    subscription = shop.subscribe(items=[{"price": shop.monthly.id}, {"price": shop.yearly.id}])
    ends = sorted(item.current_period_end for item in subscription["items"].data)
    for word, end in (("min_period_end", ends[0]), ("max_period_end", ends[1])):
        planned = shop.client.v1.subscriptions.update(subscription.id, {"cancel_at": word})
        assert planned.cancel_at == end
    assert shop.client.v1.subscriptions.update(subscription.id, {"cancel_at": ""}).cancel_at is None


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
