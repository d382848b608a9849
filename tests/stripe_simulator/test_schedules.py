"""Subscription schedules: what changes by itself, and when."""

import pytest
import stripe


def downgrade(shop, subscription, **params) -> stripe.SubscriptionSchedule:
    """Fewer seats from the end of the period on, as Stripe documents it."""
    api = shop.client.v1.subscription_schedules
    schedule = api.create({"from_subscription": subscription.id})
    first = schedule.phases[0]
    return api.update(
        schedule.id,
        {
            "phases": [
                {
                    "items": [{"price": first["items"][0].price, "quantity": 3}],
                    "start_date": first.start_date,
                    "end_date": first.end_date,
                },
                {"items": [{"price": shop.monthly.id, "quantity": 1}], "proration_behavior": "none"},
            ],
            **params,
        },
    )


def test_a_downgrade_at_the_end_of_the_period(simulator, shop) -> None:
    subscription = shop.subscribe()
    schedule = downgrade(shop, subscription)
    assert (schedule.status, schedule.subscription, len(schedule.phases)) == (
        "active",
        subscription.id,
        2,
    )
    end = schedule.current_phase.end_date
    assert "subscription_schedule.created" in shop.event_types()
    simulator.advance_to(end - 60)
    assert shop.subscription(subscription.id)["items"].data[0].quantity == 3
    simulator.advance_to(end + 2 * 3600)
    changed = shop.subscription(subscription.id)
    (item,) = changed["items"].data
    assert (item.id, item.quantity, changed.schedule) == (
        subscription["items"].data[0].id,
        1,
        schedule.id,
    )
    renewal = shop.client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert [line.amount for line in renewal.lines.data] == [2000]
    simulator.advance(days=32)
    done = shop.client.v1.subscription_schedules.retrieve(schedule.id)
    assert (done.status, done.current_phase) == ("completed", None)
    after = shop.subscription(subscription.id)
    assert (after.status, after.schedule) == ("active", None)
    assert "subscription_schedule.completed" in shop.event_types()


def test_a_schedule_may_end_its_subscription(simulator, shop) -> None:
    subscription = shop.subscribe()
    downgrade(shop, subscription, end_behavior="cancel")
    simulator.advance(days=70)
    assert shop.subscription(subscription.id).status == "canceled"


def test_another_interval_in_the_next_phase_is_billed_at_once(simulator, shop) -> None:
    api = shop.client.v1.subscription_schedules
    subscription = shop.subscribe()
    schedule = api.create({"from_subscription": subscription.id})
    first = schedule.phases[0]
    items = [{"price": shop.monthly.id, "quantity": 3}]
    phases = [
        {"items": items, "start_date": first.start_date, "end_date": first.end_date},
        {
            "items": [{"price": shop.yearly.id, "quantity": 2}],
            "duration": {"interval": "year", "interval_count": 1},
        },
    ]
    api.update(schedule.id, {"phases": phases})
    simulator.advance_to(first.end_date + 60)
    changed = shop.subscription(subscription.id)
    assert changed["items"].data[0].price.id == shop.yearly.id
    invoice = shop.client.v1.invoices.retrieve(changed.latest_invoice)
    assert ([line.amount for line in invoice.lines.data], invoice.status) == ([40000], "paid")


def test_a_schedule_can_begin_later(simulator, shop) -> None:
    api = shop.client.v1.subscription_schedules
    start = simulator.now + 86400
    schedule = api.create(
        {
            "customer": shop.ada.id,
            "start_date": start,
            "phases": [{"items": [{"price": shop.monthly.id}], "metadata": {"phase": "1"}}],
        }
    )
    assert (schedule.status, schedule.subscription) == ("not_started", None)
    assert [row.id for row in api.list({"scheduled": True}).data] == [schedule.id]
    simulator.advance(days=2)
    running = api.retrieve(schedule.id)
    assert (running.status, api.list({"scheduled": True}).data) == ("active", [])
    begun = shop.subscription(running.subscription)
    assert (begun.status, begun.metadata["phase"], begun.schedule) == ("active", "1", schedule.id)


def test_a_released_subscription_goes_on_and_a_canceled_one_does_not(shop) -> None:
    api = shop.client.v1.subscription_schedules
    one, two = shop.subscribe(), shop.subscribe()
    released = api.release(downgrade(shop, one).id)
    assert (released.status, released.released_subscription, released.subscription) == (
        "released",
        one.id,
        None,
    )
    assert shop.subscription(one.id).schedule is None
    assert api.cancel(downgrade(shop, two).id).status == "canceled"
    assert shop.subscription(two.id).status == "canceled"
    for call in (api.release, api.cancel, api.update):
        with pytest.raises(stripe.InvalidRequestError, match="released"):
            call(released.id)


def test_a_canceled_subscription_takes_its_schedule_along(shop) -> None:
    subscription = shop.subscribe()
    schedule = downgrade(shop, subscription)
    shop.client.v1.subscriptions.cancel(subscription.id)
    found = shop.client.v1.subscription_schedules.retrieve(schedule.id)
    assert found.status == "canceled"


def test_what_a_schedule_refuses(simulator, shop) -> None:
    api = shop.client.v1.subscription_schedules
    subscription = shop.subscribe()
    schedule = downgrade(shop, subscription)
    item = {"items": [{"price": shop.monthly.id}]}
    wrong = [
        ("from_subscription", {"from_subscription": subscription.id}),
        ("phases", {"from_subscription": subscription.id, "phases": [item]}),
        ("phases", {"customer": shop.ada.id}),
        ("start_date", {"customer": shop.ada.id, "start_date": 5, "phases": [item]}),
        ("phases[0][end_date]", {"customer": shop.ada.id, "phases": [{**item, "end_date": 5}]}),
        (
            "phases[0][items][0][price]",
            {"customer": shop.ada.id, "phases": [{"items": [{"quantity": 1}]}]},
        ),
    ]
    for param, given in wrong:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.create(given)
        assert refused.value.param == param
    for param, given in [
        ("phases[0][start_date]", {"phases": [item]}),
        ("phases[0][start_date]", {"phases": [{**item, "start_date": simulator.now + 5}]}),
    ]:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.update(schedule.id, given)
        assert refused.value.param == param
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        shop.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
