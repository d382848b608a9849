"""The models: public names are imported from here and only from here.

Modules below know each other in one direction: append_only, policies, products, gates, meter,
floor, organizations, licenses, invitations, history, grants, checkout, billing, revenue, invoices,
links, claims, applications, inbox, accounts, courses, files, downloads, quizzes, certificates,
notices, imports, privacy.
"""

from .accounts import BillingAccount, SyncCursor
from .applications import LicenseApplication, ProductQuestion
from .billing import BillingCustomer, BillingItem, BillingPayment, BillingSubscription
from .certificates import Certificate
from .checkout import CheckoutIntent
from .claims import LicenseClaim
from .courses import CourseMixin, LessonMixin, LessonProgress
from .downloads import Download
from .files import AbstractFileVersion, AbstractLessonFile, FilePageMixin
from .floor import FloorRestriction
from .gates import EntitlementRule, Gate, GateStamp
from .grants import (
    GateGroupPermission,
    GateUserPermission,
    ProductGroupPermission,
    ProductUserPermission,
)
from .history import LicenseEvent
from .imports import LicenseImport, LicenseImportRow
from .inbox import StripeEvent, SyncTarget
from .invitations import Invitation, Transfer
from .invoices import BillingInvoice
from .licenses import License, LicenseHold, LicenseSeat
from .meter import MeteredRead
from .notices import MailPreference, MailText, OutboxMessage
from .organizations import (
    Organization,
    OrganizationDomain,
    OrganizationEvent,
    OrganizationMember,
)
from .pages import LicensedPageMixin
from .policies import ProductPolicy
from .privacy import AccountDeletion
from .products import LicenseProduct, ProductPrice
from .quizzes import Quiz, QuizAttempt, QuizQuestion
from .revenue import DailyFigure, RevenueChange

__all__ = [
    "AbstractFileVersion",
    "AbstractLessonFile",
    "AccountDeletion",
    "BillingAccount",
    "BillingCustomer",
    "BillingInvoice",
    "BillingItem",
    "BillingPayment",
    "BillingSubscription",
    "Certificate",
    "CheckoutIntent",
    "CourseMixin",
    "DailyFigure",
    "Download",
    "EntitlementRule",
    "FilePageMixin",
    "FloorRestriction",
    "Gate",
    "GateGroupPermission",
    "GateStamp",
    "GateUserPermission",
    "Invitation",
    "LessonMixin",
    "LessonProgress",
    "License",
    "LicenseApplication",
    "LicenseClaim",
    "LicenseEvent",
    "LicenseHold",
    "LicenseImport",
    "LicenseImportRow",
    "LicenseProduct",
    "LicenseSeat",
    "LicensedPageMixin",
    "MailPreference",
    "MailText",
    "MeteredRead",
    "Organization",
    "OrganizationDomain",
    "OrganizationEvent",
    "OrganizationMember",
    "OutboxMessage",
    "ProductGroupPermission",
    "ProductPolicy",
    "ProductPrice",
    "ProductQuestion",
    "ProductUserPermission",
    "Quiz",
    "QuizAttempt",
    "QuizQuestion",
    "RevenueChange",
    "StripeEvent",
    "SyncCursor",
    "SyncTarget",
    "Transfer",
]
