"""Which object an event is about."""

import pytest

from wagtail_licensing.billing.targets import EVENT_TYPES, target_of


@pytest.mark.parametrize(
    ("event_type", "obj", "target"),
    [
        ("checkout.session.completed", {"id": "cs_1"}, ("checkout.session", "cs_1")),
        ("customer.subscription.deleted", {"id": "sub_1"}, ("subscription", "sub_1")),
        (
            "invoice.paid",
            {"id": "in_1", "parent": {"subscription_details": {"subscription": "sub_1"}}},
            ("subscription", "sub_1"),
        ),
        (
            "invoice.paid",
            {"id": "in_1", "parent": {"subscription_details": {"subscription": {"id": "sub_1"}}}},
            ("subscription", "sub_1"),
        ),
        ("invoice.paid", {"id": "in_1", "parent": None}, None),
        ("invoice.paid", {"id": "in_1", "parent": {"quote_details": {}}}, None),
        ("invoice.paid", {"id": "in_1", "subscription": "sub_1"}, None),
        ("invoice.upcoming", {}, None),
        ("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"}, ("payment_intent", "pi_1")),
        ("charge.refunded", {"id": "ch_1"}, None),
        ("charge.dispute.created", {"payment_intent": "pi_1"}, ("payment_intent", "pi_1")),
        ("refund.failed", {"id": "re_1", "payment_intent": "pi_1"}, ("payment_intent", "pi_1")),
        ("payment_intent.succeeded", {"id": "pi_1"}, ("payment_intent", "pi_1")),
        ("customer.deleted", {"id": "cus_1"}, ("customer", "cus_1")),
        ("customer.updated", {"id": "cus_1"}, None),
        ("customer.subscription.updated", {"id": ["sub_1"]}, None),
        ("customer.subscription.updated", {"id": ""}, None),
        ("customer.subscription.updated", {"id": "x" * 300}, None),
        ("product.updated", {"id": "prod_1"}, None),
    ],
)
def test_the_object_to_read_again(event_type, obj, target):
    """Pitfalls 2 and 33: through the parent of an invoice; nothing without an id."""
    assert target_of(event_type, obj) == target


def test_stripe_lists_at_most_twenty_types_at_once():
    assert len(set(EVENT_TYPES)) == len(EVENT_TYPES) == 20
