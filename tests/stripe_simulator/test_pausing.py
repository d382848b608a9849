"""Pausing a subscription, or only the collection of its invoices."""

import pytest

from .test_subscriptions import refused


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
    keep = {"bill_for": {"unused_time_from": {"type": "none"}}}
    shop.client.v1.subscriptions.pause(subscription.id, keep)
    simulator.card(shop.ada.id, "decline")
    assert shop.client.v1.subscriptions.resume(subscription.id).status == "paused"


def test_only_flexible_subscriptions_can_be_paused_and_only_paused_ones_resumed(shop) -> None:
    classic = shop.subscribe(billing_mode={"type": "classic"})
    assert "flexible" in str(refused(shop.client.v1.subscriptions.pause, classic.id))
    refused(shop.client.v1.subscriptions.resume, classic.id)
    migrated = shop.client.v1.subscriptions.migrate(classic.id, {"billing_mode": {"type": "flexible"}})
    assert migrated.billing_mode.type == "flexible"


def test_resuming_unchanged_after_the_period_bills_the_running_one(simulator, shop) -> None:
    subscription = shop.subscribe()
    shop.client.v1.subscriptions.pause(subscription.id)
    simulator.advance(days=70)
    resumed = shop.client.v1.subscriptions.resume(
        subscription.id,
        {
            "billing_cycle_anchor": {"type": "unchanged"},
            "payment_behavior": "resume_on_payment_attempt",
        },
    )
    item = resumed["items"].data[0]
    assert resumed.status == "active"
    assert item.current_period_start <= simulator.now < item.current_period_end
    assert resumed.billing_cycle_anchor == subscription.billing_cycle_anchor
