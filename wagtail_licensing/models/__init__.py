"""The models: public names are imported from here and only from here.

Modules below know each other in one direction: products, gates, organizations, licenses, grants,
billing, checkout, inbox, courses.
"""

from .billing import BillingCustomer, BillingItem, BillingPayment, BillingSubscription
from .checkout import CheckoutIntent
from .courses import CourseMixin, LessonMixin, LessonProgress
from .gates import EntitlementRule, Gate, GateStamp
from .grants import (
    GateGroupPermission,
    GateUserPermission,
    ProductGroupPermission,
    ProductUserPermission,
)
from .inbox import StripeEvent, SyncTarget
from .licenses import License, LicenseEvent, LicenseHold, LicenseSeat
from .organizations import Organization
from .pages import LicensedPageMixin
from .products import LicenseProduct, ProductPrice

__all__ = [
    "BillingCustomer",
    "BillingItem",
    "BillingPayment",
    "BillingSubscription",
    "CheckoutIntent",
    "CourseMixin",
    "EntitlementRule",
    "Gate",
    "GateGroupPermission",
    "GateStamp",
    "GateUserPermission",
    "LessonMixin",
    "LessonProgress",
    "License",
    "LicenseEvent",
    "LicenseHold",
    "LicenseProduct",
    "LicenseSeat",
    "LicensedPageMixin",
    "Organization",
    "ProductGroupPermission",
    "ProductPrice",
    "ProductUserPermission",
    "StripeEvent",
    "SyncTarget",
]
