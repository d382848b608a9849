"""What happens by itself as time passes."""

import datetime as dt

import pytest
import stripe

from example_site.stripe_simulator.billing.periods import boundary, next_boundary

DAY, HOUR = 86400, 3600


def at(year: int, month: int, day: int, hour: int = 0) -> int:
    return int(dt.datetime(year, month, day, hour, tzinfo=dt.UTC).timestamp())


# --- periods --------------------------------------------------------------------------------------


def test_a_month_that_is_too_short_does_not_shift_later_ones() -> None:
    anchor = at(2027, 1, 31, 12)
    dates = [boundary(anchor, "month", 1, index) for index in range(1, 4)]
    assert dates == [at(2027, 2, 28, 12), at(2027, 3, 31, 12), at(2027, 4, 30, 12)]


@pytest.mark.parametrize(
    ("interval", "count", "expected"),
    [
        ("day", 10, at(2028, 3, 10)),
        ("week", 2, at(2028, 3, 14)),
        ("month", 3, at(2028, 5, 29)),
        ("year", 1, at(2029, 2, 28)),
    ],
)
def test_a_period_ends_one_interval_later(interval, count, expected) -> None:
    anchor = at(2028, 2, 29)
    assert next_boundary(anchor, interval, count, anchor) == expected


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
@pytest.mark.parametrize("count", [1, 3])
def test_boundaries_follow_each_other_without_gap_or_end(interval, count) -> None:
    anchor = moment = at(2024, 1, 31)
    for index in range(1, 30):
        moment = next_boundary(anchor, interval, count, moment)
        assert moment == boundary(anchor, interval, count, index)
        assert next_boundary(anchor, interval, count, moment - 1) == moment


def test_the_first_boundary_after_may_be_the_anchor_itself() -> None:
    anchor = at(2028, 2, 29)
    assert next_boundary(anchor, "month", 1, anchor - 1) == anchor
    assert next_boundary(anchor, "month", 1, anchor - 40 * DAY) == at(2028, 1, 29)


def test_subscriptions_bill_on_the_last_day_of_short_months(simulator, shop) -> None:
    simulator.advance_to(at(2027, 1, 31, 9))
    subscription = shop.subscribe()
    start = subscription.created
    ends = []
    for _ in range(3):
        end = shop.subscription(subscription.id)["items"].data[0].current_period_end
        ends.append(dt.datetime.fromtimestamp(end, dt.UTC).strftime("%m-%d"))
        simulator.advance_to(end)
    assert ends == ["02-28", "03-31", "04-30"]
    assert (end - start) % DAY == 0


# --- renewal --------------------------------------------------------------------------------------


def test_a_renewal_is_a_draft_for_an_hour_and_events_carry_the_right_moment(simulator, shop) -> None:
    subscription = shop.subscribe()
    end = subscription["items"].data[0].current_period_end
    simulator.advance(days=32)
    invoices = shop.client.v1.invoices.list({"subscription": subscription.id}).data
    assert [invoice.billing_reason for invoice in invoices] == [
        "subscription_cycle",
        "subscription_create",
    ]
    renewal = invoices[0]
    assert renewal.created == end
    assert renewal.status_transitions.finalized_at == end + HOUR
    assert renewal.status_transitions.paid_at == end + HOUR
    moments = {
        event.type: event.created
        for event in shop.client.v1.events.list({"created": {"gte": end}, "limit": 100}).data
    }
    assert moments["invoice.created"] == end
    assert moments["customer.subscription.updated"] == end
    assert moments["invoice.paid"] == end + HOUR
    assert renewal.number == "-".join([renewal.number.split("-")[0], "0002"])


def test_many_periods_pass_in_one_step(simulator, shop) -> None:
    subscription = shop.subscribe()
    simulator.advance(days=366)
    rows = shop.client.v1.invoices.list({"subscription": subscription.id, "limit": 100}).data
    assert len(rows) == 13
    assert {row.status for row in rows} == {"paid"}


def test_real_time_passing_is_enough(simulator, shop) -> None:
    subscription = shop.subscribe()
    end = subscription["items"].data[0].current_period_end
    simulator.advance_to(end - 1)
    import time

    time.sleep(1.2)
    assert shop.subscription(subscription.id)["items"].data[0].current_period_start == end


def test_items_of_mixed_intervals_renew_by_themselves(simulator, shop) -> None:
    subscription = shop.subscribe(items=[{"price": shop.monthly.id}, {"price": shop.yearly.id}])
    yearly_end = subscription["items"].data[1].current_period_end
    simulator.advance(days=40)
    later = shop.subscription(subscription.id)
    assert later["items"].data[1].current_period_end == yearly_end
    lines = shop.client.v1.invoices.retrieve(later.latest_invoice).lines.data
    assert [line.pricing.price_details.price for line in lines] == [shop.monthly.id]


# --- trials ---------------------------------------------------------------------------------------


def test_a_trial_is_free_announces_its_end_and_then_bills(simulator, shop) -> None:
    subscription = shop.subscribe(trial_period_days=14)
    assert subscription.status == "trialing"
    assert subscription["items"].data[0].current_period_end == subscription.trial_end
    first = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (first.total, first.status) == (0, "paid")
    simulator.advance(days=10, hours=23)
    assert "customer.subscription.trial_will_end" not in shop.event_types()
    simulator.advance(hours=1)
    assert shop.event_types().count("customer.subscription.trial_will_end") == 1
    simulator.advance_to(subscription.trial_end)
    active = shop.subscription(subscription.id)
    assert (active.status, active.billing_cycle_anchor) == ("active", subscription.trial_end)
    simulator.advance(hours=1)
    invoice = shop.client.v1.invoices.retrieve(active.latest_invoice)
    assert (invoice.total, invoice.status) == (6000, "paid")


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")],
)
def test_a_trial_without_a_card_ends_as_it_was_told(simulator, shop, behaviour, status) -> None:
    bob = shop.client.v1.customers.create({"name": "Bob"})
    subscription = shop.client.v1.subscriptions.create(
        {
            "customer": bob.id,
            "items": [{"price": shop.monthly.id}],
            "trial_period_days": 3,
            "trial_settings": {"end_behavior": {"missing_payment_method": behaviour}},
        }
    )
    simulator.advance(days=3, hours=2)
    ended = shop.subscription(subscription.id)
    assert ended.status == status
    if status == "paused":
        reason = ended.status_details.paused.subscription.type
        assert reason == "trial_end_without_payment_method"


def test_a_trial_can_be_cut_short_and_lengthened(simulator, shop) -> None:
    subscription = shop.subscribe(trial_period_days=14)
    later = subscription.trial_end + 7 * DAY
    longer = shop.client.v1.subscriptions.update(subscription.id, {"trial_end": later})
    assert (longer.trial_end, longer["items"].data[0].current_period_end) == (later, later)
    ended = shop.client.v1.subscriptions.update(subscription.id, {"trial_end": "now"})
    assert ended.status == "active"
    assert abs(ended.trial_end - simulator.now) <= 60


# --- failing payments -----------------------------------------------------------------------------


def failing(simulator, shop, **settings) -> stripe.Subscription:
    simulator.set_settings(**settings)
    subscription = shop.subscribe()
    simulator.card(shop.ada.id, "decline")
    simulator.advance_to(subscription["items"].data[0].current_period_end + HOUR)
    return shop.subscription(subscription.id)


def attempts(shop, subscription) -> int:
    return shop.client.v1.invoices.retrieve(subscription.latest_invoice).attempt_count


def test_retries_come_three_five_and_seven_days_apart(simulator, shop) -> None:
    subscription = failing(simulator, shop)
    assert (subscription.status, attempts(shop, subscription)) == ("past_due", 1)
    assert shop.client.v1.customers.retrieve(shop.ada.id).delinquent
    for days, count in ((3, 2), (5, 3)):
        simulator.advance(days=days, seconds=-600)
        assert attempts(shop, subscription) == count - 1
        simulator.advance(seconds=600)
        assert attempts(shop, subscription) == count
        assert shop.subscription(subscription.id).status == "past_due"
    simulator.advance(days=7)
    ended = shop.subscription(subscription.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (invoice.status, invoice.auto_advance, invoice.next_payment_attempt) == ("open", False, None)


def test_a_failed_attempt_by_hand_leaves_the_retries_alone(simulator, shop) -> None:
    subscription = failing(simulator, shop)
    before = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    for _ in range(5):
        with pytest.raises(stripe.CardError):
            shop.client.v1.invoices.pay(before.id)
    after = shop.client.v1.invoices.retrieve(before.id)
    assert after.next_payment_attempt == before.next_payment_attempt
    assert after.attempt_count == before.attempt_count + 5
    assert shop.subscription(subscription.id).status == "past_due"


def test_a_first_payment_is_not_retried(simulator, shop) -> None:
    simulator.card(shop.ada.id, "decline")
    subscription = shop.subscribe()
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert invoice.next_payment_attempt is None


def test_invoices_of_a_deleted_customer_do_not_stop_the_engine(simulator, shop) -> None:
    for params in ({"auto_advance": True}, {"collection_method": "send_invoice", "days_until_due": 3}):
        shop.client.v1.invoices.create({"customer": shop.ada.id, **params})
    shop.subscribe(collection_method="send_invoice", days_until_due=1)
    failing(simulator, shop)
    shop.client.v1.customers.delete(shop.ada.id)
    simulator.advance(days=60)
    statuses = {row.status for row in shop.client.v1.invoices.list({"limit": 100}).data}
    assert "draft" in statuses
    assert shop.client.v1.subscriptions.list().data == []


@pytest.mark.parametrize("action", ["unpaid", "past_due", "paused"])
def test_the_final_action_is_a_setting(simulator, shop, action) -> None:
    subscription = failing(simulator, shop, final_action=action)
    simulator.advance(days=15)
    assert shop.subscription(subscription.id).status == action


def test_an_unpaid_subscription_goes_on_making_drafts_and_recovers(simulator, shop) -> None:
    subscription = failing(simulator, shop, final_action="unpaid", retry_days=[1])
    simulator.advance(days=33)
    unpaid = shop.subscription(subscription.id)
    draft = shop.client.v1.invoices.retrieve(unpaid.latest_invoice)
    assert (unpaid.status, draft.status, draft.auto_advance) == ("unpaid", "draft", False)
    simulator.card(shop.ada.id, "ok")
    shop.client.v1.invoices.pay(draft.id)
    assert shop.subscription(subscription.id).status == "active"


def test_a_retry_that_works_makes_it_active_again(simulator, shop) -> None:
    subscription = failing(simulator, shop)
    simulator.card(shop.ada.id, "ok")
    simulator.advance(days=3)
    assert shop.subscription(subscription.id).status == "active"
    assert not shop.client.v1.customers.retrieve(shop.ada.id).delinquent


def test_paying_an_old_invoice_does_not_repair_the_newer_one(simulator, shop) -> None:
    subscription = failing(simulator, shop, retry_days=[60], final_action="past_due")
    old = subscription.latest_invoice
    simulator.advance(days=32)
    newer = shop.subscription(subscription.id)
    assert newer.latest_invoice != old
    simulator.card(shop.ada.id, "ok")
    shop.client.v1.invoices.pay(old)
    assert shop.subscription(subscription.id).status == "past_due"
    shop.client.v1.invoices.pay(newer.latest_invoice)
    assert shop.subscription(subscription.id).status == "active"


def test_an_incomplete_subscription_expires_after_23_hours(simulator, shop) -> None:
    simulator.card(shop.ada.id, "decline")
    subscription = shop.subscribe()
    simulator.advance_to(subscription.created + 23 * HOUR - 60)
    assert shop.subscription(subscription.id).status == "incomplete"
    simulator.advance_to(subscription.created + 23 * HOUR)
    assert shop.subscription(subscription.id).status == "incomplete_expired"
    assert shop.client.v1.invoices.retrieve(subscription.latest_invoice).status == "void"
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.invoices.pay(subscription.latest_invoice)


def test_an_invoice_sent_by_mail_is_overdue_after_its_days(simulator, shop) -> None:
    subscription = shop.subscribe(collection_method="send_invoice", days_until_due=30)
    assert subscription.status == "active"
    simulator.advance(hours=1)
    invoice = shop.client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (invoice.status, invoice.due_date) == ("open", invoice.created + 30 * DAY + HOUR)
    simulator.advance_to(invoice.due_date)
    assert {"invoice.sent", "invoice.overdue"} <= set(shop.event_types())
    shop.client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert shop.client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_wrong_setting_is_refused(simulator) -> None:
    for settings in ({"final_action": "explode"}, {"retry_days": [0]}, {"default_billing_mode": "odd"}):
        with pytest.raises(ValueError):
            simulator.set_settings(**settings)
    with pytest.raises(ValueError, match="back"):
        simulator.advance_to(simulator.now - 100)


# --- test clocks ----------------------------------------------------------------------------------


def test_a_test_clock_moves_its_customers_alone(simulator, shop) -> None:
    frozen = at(2027, 1, 31)
    clock = shop.client.v1.test_helpers.test_clocks.create({"frozen_time": frozen, "name": "c"})
    carl = shop.client.v1.customers.create({"name": "Carl", "test_clock": clock.id})
    card = shop.client.v1.payment_methods.create({"type": "card"})
    shop.client.v1.payment_methods.attach(card.id, {"customer": carl.id})
    shop.client.v1.customers.update(carl.id, {"invoice_settings": {"default_payment_method": card.id}})
    theirs = shop.client.v1.subscriptions.create(
        {"customer": carl.id, "items": [{"price": shop.monthly.id}]}
    )
    mine = shop.subscribe()
    assert (theirs.created, theirs.test_clock) == (frozen, clock.id)

    advancing = shop.client.v1.test_helpers.test_clocks.advance(
        clock.id, {"frozen_time": at(2027, 3, 1)}
    )
    assert advancing.status == "advancing"
    assert shop.client.v1.test_helpers.test_clocks.retrieve(clock.id).status == "ready"
    assert shop.subscription(theirs.id)["items"].data[0].current_period_end == at(2027, 3, 31)
    assert shop.subscription(mine.id).latest_invoice == mine.latest_invoice

    simulator.advance(days=32)
    assert shop.subscription(theirs.id)["items"].data[0].current_period_end == at(2027, 3, 31)
    assert shop.subscription(mine.id).latest_invoice != mine.latest_invoice


def test_what_is_on_a_test_clock_shows_only_to_those_who_ask(shop) -> None:
    clock = shop.client.v1.test_helpers.test_clocks.create({"frozen_time": at(2027, 1, 1)})
    carl = shop.client.v1.customers.create(
        {
            "test_clock": clock.id,
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    subscription = shop.client.v1.subscriptions.create(
        {"customer": carl.id, "items": [{"price": shop.monthly.id}]}
    )
    assert shop.client.v1.subscriptions.list().data == []
    for params in ({"customer": carl.id}, {"test_clock": clock.id}):
        assert [row.id for row in shop.client.v1.subscriptions.list(params).data] == [subscription.id]
    assert carl.id not in [row.id for row in shop.client.v1.customers.list().data]
    assert shop.client.v1.test_helpers.test_clocks.delete(clock.id).deleted
    with pytest.raises(stripe.InvalidRequestError):
        shop.subscription(subscription.id)


def test_a_test_clock_goes_forward_and_not_too_far(shop) -> None:
    clock = shop.client.v1.test_helpers.test_clocks.create({"frozen_time": at(2027, 1, 1)})
    carl = shop.client.v1.customers.create(
        {
            "test_clock": clock.id,
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    shop.client.v1.subscriptions.create({"customer": carl.id, "items": [{"price": shop.monthly.id}]})
    for moment in (at(2027, 1, 1), at(2026, 12, 1), at(2027, 3, 2)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": moment})
        assert refused.value.param == "frozen_time"
