"""The API operations, one module for each resource. Importing the package registers their routes."""

from . import (  # noqa: F401
    charges,
    checkout_sessions,
    coupons,
    customers,
    disputes,
    entitlements,
    events,
    invoices,
    payment_intents,
    payment_methods,
    portal,
    prices,
    products,
    refunds,
    subscription_items,
    subscriptions,
    test_clocks,
    webhook_endpoints,
)
