"""The end of a subscription, now or later, in both of its shapes."""

import pytest

from .test_subscriptions import refused


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
    simulator.advance_to(moment - 60)
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


def test_drafts_can_be_billed_at_the_end(simulator, shop) -> None:
    subscription = shop.subscribe()
    simulator.advance_to(subscription["items"].data[0].current_period_end + 60)
    draft = shop.subscription(subscription.id).latest_invoice
    shop.client.v1.subscriptions.cancel(subscription.id, {"invoice_now": True})
    assert shop.client.v1.invoices.retrieve(draft).status == "open"
