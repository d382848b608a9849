"""The tables that a timeline is made of. Each gives its rows with ``line_at``, the instant of a line."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from wagtail.models import ModelLogEntry

from ...models import (
    BillingInvoice,
    BillingPayment,
    Certificate,
    Download,
    LessonProgress,
    License,
    LicenseEvent,
    MeteredRead,
    OutboxMessage,
    QuizAttempt,
    RevenueChange,
    StripeEvent,
)
from .scope import Scope

#: What Wagtail's log keeps of copies that were handed out, and of accounts that went.
EVIDENCE_EXPORTED = "wagtail_licensing.license.evidence"
ACCOUNT_ACTIONS = ("wagtail_licensing.account.exported", "wagtail_licensing.account.deleted")


class LineKind(StrEnum):
    """What a line is about; a reader needs a right for each kind."""

    LICENSE = "license"
    SEAT = "seat"
    MAIL = "mail"
    DOWNLOAD = "download"
    LEARNING = "learning"
    MONEY = "money"
    STRIPE = "stripe"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Source:
    """One table, or one event of its rows: its name, the kind of its lines, and how it is asked."""

    name: str
    kind: LineKind
    rows: Callable[[Scope], QuerySet[Any]]


def _history(scope: Scope) -> QuerySet[LicenseEvent]:
    lines = LicenseEvent.objects.filter(license__in=(*scope.licenses, *scope.shared))
    return lines.select_related("actor", "license").annotate(line_at=F("at"))


def _licenses(scope: Scope) -> QuerySet[LicenseEvent]:
    return _history(scope).exclude(kind__startswith="seat")


def _seats(scope: Scope) -> QuerySet[LicenseEvent]:
    # On a license that somebody only has a seat on, the seats of others are none of their story.
    own = Q(license__in=scope.licenses) | Q(after__seat__in=list(scope.seats))
    whole = Q(kind__in=["seats_changed", "seats_settled"])
    return _history(scope).filter(Q(kind__startswith="seat") & (own | whole))


def _mails(scope: Scope) -> QuerySet[OutboxMessage]:
    whose = Q(license__in=scope.licenses) if scope.person is None else Q(user=scope.person)
    mails = OutboxMessage.objects.filter(whose)
    mails = mails.select_related("user", "license", "invitation", "transfer")
    return mails.annotate(line_at=Coalesce("sent_at", "created_at"))


def _downloads(scope: Scope) -> QuerySet[Download]:
    whose = Q(license__in=scope.licenses) if scope.person is None else Q(user=scope.person)
    return (
        Download.objects.filter(whose).select_related("user", "license").annotate(line_at=F("begun_at"))
    )


def _metered(scope: Scope) -> QuerySet[MeteredRead]:
    # What was read free of charge was read without a license.
    reads = MeteredRead.objects.filter(user__in=[] if scope.person is None else [scope.person])
    return reads.select_related("user", "page").annotate(line_at=F("read_at"))


def _learned(model: Any, at: str, scope: Scope, *related: str) -> QuerySet[Any]:
    rows = model.objects.filter(user__in=scope.people, **{f"{at}__isnull": False})
    if scope.since is not None:
        rows = rows.filter(**{f"{at}__gte": scope.since})
    return rows.select_related("user", *related).annotate(line_at=F(at))


def _opened(scope: Scope) -> QuerySet[LessonProgress]:
    return _learned(LessonProgress, "opened_at", scope, "lesson")


def _done(scope: Scope) -> QuerySet[LessonProgress]:
    return _learned(LessonProgress, "completed_at", scope, "lesson")


def _quizzes(scope: Scope) -> QuerySet[QuizAttempt]:
    # What was answered is nobody's to read here.
    return _learned(QuizAttempt, "at", scope, "quiz__lesson").defer("given")


def _certificates(scope: Scope) -> QuerySet[Certificate]:
    return _learned(Certificate, "issued_at", scope)


def _payments(scope: Scope) -> QuerySet[BillingPayment]:
    rows = BillingPayment.objects.filter(pk__in=scope.payments).select_related("license")
    return rows.annotate(line_at=Coalesce("paid_at", "synced_at")).filter(line_at__isnull=False)


def _invoices(scope: Scope) -> QuerySet[BillingInvoice]:
    return BillingInvoice.objects.filter(customer__in=scope.customers).annotate(line_at=F("issued_at"))


def _revenue(scope: Scope) -> QuerySet[RevenueChange]:
    changes = RevenueChange.objects.filter(subscription__in=scope.subscriptions)
    return changes.select_related("subscription").annotate(line_at=F("at"))


def _stripe(scope: Scope) -> QuerySet[StripeEvent]:
    about = Q(pk__in=[])
    for kind, ids in scope.objects.items():
        if ids:
            about |= Q(object_kind=kind, object_id__in=ids)
    return StripeEvent.objects.filter(about).defer("payload").annotate(line_at=F("created"))


def _exports(scope: Scope) -> QuerySet[ModelLogEntry]:
    license_type = ContentType.objects.get_for_model(License)
    keys = [str(pk) for pk in scope.licenses]
    about = Q(content_type=license_type, object_id__in=keys, action=EVIDENCE_EXPORTED)
    if scope.person is not None:
        users = ContentType.objects.get_for_model(get_user_model())
        about |= Q(content_type=users, object_id=str(scope.person), action__in=ACCOUNT_ACTIONS)
    log = ModelLogEntry.objects.filter(about).select_related("user")
    return log.annotate(line_at=F("timestamp"))


#: In the order in which lines of the same instant are shown.
SOURCES = (
    Source("license", LineKind.LICENSE, _licenses),
    Source("seat", LineKind.SEAT, _seats),
    Source("mail", LineKind.MAIL, _mails),
    Source("payment", LineKind.MONEY, _payments),
    Source("invoice", LineKind.MONEY, _invoices),
    Source("revenue", LineKind.MONEY, _revenue),
    Source("stripe", LineKind.STRIPE, _stripe),
    Source("download", LineKind.DOWNLOAD, _downloads),
    Source("metered", LineKind.DOWNLOAD, _metered),
    Source("lesson_done", LineKind.LEARNING, _done),
    Source("lesson_opened", LineKind.LEARNING, _opened),
    Source("quiz", LineKind.LEARNING, _quizzes),
    Source("certificate", LineKind.LEARNING, _certificates),
    Source("export", LineKind.EXPORT, _exports),
)
