"""Changes in the middle of a period: what they give back, what they cost, and when it is paid."""

import pytest
import stripe


@pytest.fixture
def halfway(simulator, shop):
    """A subscription of 3 x 20.00 in the exact middle of its period."""
    subscription = shop.subscribe()
    item = subscription["items"].data[0]
    simulator.advance_to((item.current_period_start + item.current_period_end) // 2)
    return subscription


def change(shop, subscription, quantity=None, price=None, **params) -> stripe.Subscription:
    item = {"id": subscription["items"].data[0].id}
    item |= {"quantity": quantity} if quantity is not None else {}
    item |= {"price": price} if price else {}
    return shop.client.v1.subscriptions.update(subscription.id, {"items": [item], **params})


def waiting(simulator) -> list[tuple[int, bool]]:
    rows = simulator.world.store.all("invoiceitem")
    return [(row["amount"], row["proration"]) for row in rows if row["invoice"] is None]


def near(amount: int) -> object:
    return pytest.approx(amount, abs=2)


def test_more_seats_cost_the_rest_of_the_period_with_the_next_invoice(simulator, shop, halfway) -> None:
    changed = change(shop, halfway, 5)
    assert changed.latest_invoice == halfway.latest_invoice
    assert waiting(simulator) == [(near(-3000), True), (near(5000), True)]
    simulator.advance_to(changed["items"].data[0].current_period_end + 2 * 3600)
    invoice = shop.client.v1.invoices.list({"subscription": halfway.id}).data[0]
    assert (invoice.total, invoice.status) == (near(10000 + 2000), "paid")
    assert [line.amount for line in invoice.lines.data] == [10000, near(-3000), near(5000)]
    details = invoice.lines.data[1].parent.subscription_item_details
    assert (details.proration, details.subscription) == (True, halfway.id)
    assert waiting(simulator) == []
    assert shop.event_types().count("invoiceitem.created") == 2


def test_without_prorations_nothing_is_billed_before_the_next_period(simulator, shop, halfway) -> None:
    change(shop, halfway, 5, proration_behavior="none")
    assert waiting(simulator) == []


def test_an_upgrade_can_be_billed_at_once(shop, halfway) -> None:
    changed = change(shop, halfway, 5, proration_behavior="always_invoice")
    assert changed.latest_invoice != halfway.latest_invoice
    invoice = shop.client.v1.invoices.retrieve(changed.latest_invoice)
    assert (invoice.total, invoice.status, invoice.billing_reason) == (
        near(2000),
        "paid",
        "subscription_update",
    )


def test_a_downgrade_at_once_leaves_a_credit_for_the_next_invoice(simulator, shop, halfway) -> None:
    changed = change(shop, halfway, 1, proration_behavior="always_invoice")
    invoice = shop.client.v1.invoices.retrieve(changed.latest_invoice)
    assert (invoice.total, invoice.amount_due, invoice.status) == (near(-2000), 0, "paid")
    assert shop.client.v1.customers.retrieve(shop.ada.id).balance == near(-2000)
    simulator.advance_to(changed["items"].data[0].current_period_end + 2 * 3600)
    renewal = shop.client.v1.invoices.list({"subscription": halfway.id}).data[0]
    assert (renewal.total, renewal.amount_due, renewal.status) == (2000, near(0), "paid")
    assert renewal.starting_balance == near(-2000)


def test_the_moment_of_the_change_can_be_given(simulator, shop, halfway) -> None:
    start = halfway["items"].data[0].current_period_start
    change(shop, halfway, 6, proration_date=start)
    assert waiting(simulator) == [(-6000, True), (12000, True)]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        change(shop, halfway, 7, proration_date=start - 1)
    assert refused.value.param == "proration_date"


def test_a_trial_is_never_prorated(simulator, shop) -> None:
    subscription = shop.subscribe(trial_period_days=10)
    change(shop, subscription, 5)
    assert waiting(simulator) == []


def test_another_interval_gives_the_rest_back_and_bills_a_whole_period(shop, halfway) -> None:
    changed = change(shop, halfway, price=shop.yearly.id)
    invoice = shop.client.v1.invoices.retrieve(changed.latest_invoice)
    assert sorted(line.amount for line in invoice.lines.data) == [near(-3000), 60000]
    plain = change(shop, changed, price=shop.monthly.id, proration_behavior="none")
    invoice = shop.client.v1.invoices.retrieve(plain.latest_invoice)
    assert [line.amount for line in invoice.lines.data] == [6000]


def test_an_item_comes_and_goes(simulator, shop, halfway) -> None:
    second = shop.client.v1.prices.create(
        {
            "product": shop.pro.id,
            "currency": "eur",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
        }
    )
    item = shop.client.v1.subscription_items.create(
        {"subscription": halfway.id, "price": second.id, "quantity": 2}
    )
    assert waiting(simulator) == [(near(1000), True)]
    assert [row.id for row in shop.subscription(halfway.id)["items"]][-1] == item.id
    shop.client.v1.subscription_items.delete(item.id)
    (back,) = [amount for amount, _ in waiting(simulator) if amount < 0]
    assert back == -2000  # all of its own, short, period


def test_a_discount_is_not_given_back_as_money(shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    subscription = shop.subscribe(discounts=[{"coupon": coupon.id}])
    start = subscription["items"].data[0].current_period_start
    changed = change(shop, subscription, 1, proration_behavior="always_invoice", proration_date=start)
    invoice = shop.client.v1.invoices.retrieve(changed.latest_invoice)
    # 30.00 had been paid for 3 seats, 10.00 is due for one.
    assert (invoice.subtotal, invoice.total) == (-1000, -2000)
    assert sum(each.amount for each in invoice.total_discount_amounts) == 1000


class TestPendingUpdate:
    """`payment_behavior=pending_if_incomplete`."""

    def ask(self, shop, subscription, quantity=5, **params) -> stripe.Subscription:
        return change(
            shop,
            subscription,
            quantity,
            proration_behavior="always_invoice",
            payment_behavior="pending_if_incomplete",
            **params,
        )

    def test_it_holds_at_once_if_the_card_pays(self, shop, halfway) -> None:
        changed = self.ask(shop, halfway)
        assert (changed.pending_update, changed["items"].data[0].quantity) == (None, 5)

    def test_it_waits_for_its_payment(self, simulator, shop, halfway) -> None:
        simulator.card(shop.ada.id, "decline")
        changed = self.ask(shop, halfway)
        assert (changed.status, changed["items"].data[0].quantity) == ("active", 3)
        (item,) = changed.pending_update.subscription_items
        assert (item.quantity, item.price.id) == (5, shop.monthly.id)
        assert shop.client.v1.invoices.retrieve(changed.latest_invoice).status == "open"
        shop.client.v1.invoices.pay(changed.latest_invoice, {"payment_method": "pm_card_visa"})
        done = shop.subscription(halfway.id)
        assert (done.pending_update, done["items"].data[0].quantity) == (None, 5)
        assert "customer.subscription.pending_update_applied" in shop.event_types()
        simulator.advance(days=1)
        assert shop.subscription(halfway.id)["items"].data[0].quantity == 5

    def test_it_expires_after_23_hours(self, simulator, shop, halfway) -> None:
        simulator.card(shop.ada.id, "decline")
        changed = self.ask(shop, halfway)
        simulator.advance(hours=22)
        assert shop.subscription(halfway.id).pending_update is not None
        simulator.advance(hours=2)
        done = shop.subscription(halfway.id)
        assert (done.status, done.pending_update, done["items"].data[0].quantity) == ("active", None, 3)
        assert shop.client.v1.invoices.retrieve(changed.latest_invoice).status == "void"
        assert "customer.subscription.pending_update_expired" in shop.event_types()

    def test_a_second_one_replaces_the_first(self, simulator, shop, halfway) -> None:
        simulator.card(shop.ada.id, "decline")
        first = self.ask(shop, halfway)
        second = self.ask(shop, halfway, 9)
        assert second.pending_update.subscription_items[0].quantity == 9
        assert shop.client.v1.invoices.retrieve(first.latest_invoice).status == "void"

    def test_what_cannot_wait_is_refused(self, shop, halfway) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            self.ask(shop, halfway, metadata={"a": "b"})
        assert refused.value.param == "metadata"

    def test_a_declined_card_can_refuse_the_change(self, simulator, shop, halfway) -> None:
        simulator.card(shop.ada.id, "decline")
        with pytest.raises(stripe.CardError):
            change(
                shop,
                halfway,
                5,
                proration_behavior="always_invoice",
                payment_behavior="error_if_incomplete",
            )
        assert shop.subscription(halfway.id)["items"].data[0].quantity == 3

    def test_or_leave_it_past_due(self, simulator, shop, halfway) -> None:
        simulator.card(shop.ada.id, "decline")
        changed = change(shop, halfway, 5, proration_behavior="always_invoice")
        assert (changed.status, changed["items"].data[0].quantity) == ("past_due", 5)


def test_a_pause_gives_unused_time_back_and_resuming_bills_anew(simulator, shop, halfway) -> None:
    shop.client.v1.subscriptions.pause(halfway.id, {"invoicing_behavior": "invoice"})
    assert shop.client.v1.customers.retrieve(shop.ada.id).balance == near(-3000)
    simulator.advance(days=40)
    resumed = shop.client.v1.subscriptions.resume(halfway.id)
    invoice = shop.client.v1.invoices.retrieve(resumed.latest_invoice)
    assert (resumed.status, invoice.total, invoice.amount_due) == ("active", 6000, near(3000))


def test_items_wait_for_the_next_invoice_of_their_customer(shop) -> None:
    api = shop.client.v1
    fee = api.invoice_items.create(
        {"customer": shop.ada.id, "amount": 700, "currency": "eur", "description": "Set-up"}
    )
    course = api.invoice_items.create(
        {"customer": shop.ada.id, "pricing": {"price": shop.course.id}, "quantity": 2}
    )
    assert (course.amount, course.invoice) == (9800, None)
    assert {row.id for row in api.invoice_items.list({"pending": True}).data} == {fee.id, course.id}
    api.invoice_items.update(fee.id, {"amount": 500})
    invoice = api.invoices.retrieve(shop.subscribe().latest_invoice)
    assert invoice.total == 6000 + 500 + 9800
    assert api.invoice_items.retrieve(fee.id).invoice == invoice.id
    for call in (lambda: api.invoice_items.delete(fee.id), lambda: api.invoice_items.update(fee.id, {})):
        with pytest.raises(stripe.InvalidRequestError, match="no longer editable"):
            call()


def test_a_draft_takes_items_and_gives_them_up(shop) -> None:
    api = shop.client.v1
    api.invoice_items.create({"customer": shop.ada.id, "amount": 100, "currency": "eur"})
    draft = api.invoices.create(
        {
            "customer": shop.ada.id,
            "currency": "eur",
            "pending_invoice_items_behavior": "include",
        }
    )
    row = api.invoice_items.create(
        {"customer": shop.ada.id, "amount": 50, "currency": "eur", "invoice": draft.id}
    )
    assert api.invoices.retrieve(draft.id).total == 150
    api.invoice_items.update(row.id, {"amount": 70})
    assert api.invoices.retrieve(draft.id).total == 170
    assert api.invoice_items.delete(row.id).deleted
    assert api.invoices.retrieve(draft.id).total == 100
    assert api.invoices.pay(draft.id).status == "paid"


def test_a_first_invoice_may_carry_a_fee(shop) -> None:
    subscription = shop.subscribe(add_invoice_items=[{"price": shop.course.id}])
    assert shop.client.v1.invoices.retrieve(subscription.latest_invoice).total == 6000 + 4900
    with pytest.raises(stripe.InvalidRequestError, match="one_time"):
        shop.subscribe(add_invoice_items=[{"price": shop.monthly.id}])


def test_a_subscription_that_ends_at_once_may_give_the_rest_back(simulator, shop, halfway) -> None:
    ended = shop.client.v1.subscriptions.cancel(halfway.id, {"prorate": True, "invoice_now": True})
    assert ended.status == "canceled"
    assert shop.client.v1.customers.retrieve(shop.ada.id).balance == near(-3000)
    other = shop.subscribe()
    shop.client.v1.subscriptions.cancel(other.id)
    assert waiting(simulator) == []
