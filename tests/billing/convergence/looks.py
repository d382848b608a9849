"""What must hold of the tables, at any moment and at rest. Each look fails with what it saw."""

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.billing.convergence.oracle import (
    REVOKED,
    Payment,
    Promise,
    Right,
    right_of_item,
    right_of_purchase,
)
from wagtail_licensing.models import (
    BillingItem,
    BillingPayment,
    BillingSubscription,
    License,
    LicenseEvent,
    ProductPrice,
    ProductUserPermission,
    StripeEvent,
    SyncTarget,
)

Json = dict[str, Any]

LIVE = {"active", "grace"}


@dataclass(frozen=True)
class Version:
    """Everything that Stripe said about a subscription from one moment on."""

    subscription: Json
    payments: list[Payment]
    debts: list[int]
    last_invoice: Json | None

    def right(self, item: Json, promise: Promise, now: int) -> Right:
        return right_of_item(
            self.subscription,
            item,
            promise=promise,
            payments=self.payments,
            debts=self.debts,
            last_invoice=self.last_invoice,
            now=now,
        )

    @property
    def items(self) -> list[Json]:
        return self.subscription["items"]["data"]

    @property
    def essence(self) -> tuple[Any, ...]:
        """What the mirror keeps of it."""
        row = self.subscription
        items = {(i["id"], i["price"], i["quantity"], i["current_period_end"]) for i in self.items}
        ends = (row["cancel_at_period_end"], row["cancel_at"], row["ended_at"])
        return (row["status"], *ends, bool(row["pause_collection"]), frozenset(items))


def version_of(business, subscription: Json) -> Version:
    latest = business.latest_invoice_of(subscription["id"])
    return copy.deepcopy(
        Version(
            subscription,
            business.payments_of(subscription["id"]),
            business.debts_of(subscription["id"]),
            latest,
        )
    )


class Versions:
    """All that Stripe ever said about each subscription, and how far the mirror has come."""

    def __init__(self) -> None:
        self.known: dict[str, list[Version]] = {}
        self.reached: dict[str, int] = {}

    def note(self, business) -> None:
        for subscription in business.subscriptions():
            said = self.known.setdefault(subscription["id"], [])
            version = version_of(business, subscription)
            if not said or said[-1] != version:
                said.append(version)

    def assert_never_back_and_never_ahead(self) -> None:
        """The mirror is something that Stripe has said, and never older than what it was before."""
        for mirror in BillingSubscription.objects.prefetch_related("items"):
            said = self.known[mirror.stripe_id]
            before = self.reached.get(mirror.stripe_id, 0)
            essence = _essence(mirror)
            later = [at for at in range(before, len(said)) if said[at].essence == essence]
            assert later, f"{mirror.stripe_id} is {essence}, which Stripe does not say any more"
            self.reached[mirror.stripe_id] = later[0]

    def assert_nothing_opens_that_was_not_paid(self, promises: dict[int, Promise], now: int) -> None:
        for row in BillingItem.objects.filter(license__state__in=LIVE).select_related(
            "license", "subscription"
        ):
            license = row.license
            if license.access_until is not None and seconds(license.access_until) <= now:
                continue
            id_ = row.subscription.stripe_id
            rights = [
                version.right(item, promises[license.product_id], now)
                for version in self.known[id_][self.reached[id_] :]
                for item in version.items
                if item["id"] == row.stripe_id
            ]
            opening = [right for right in rights if right.opens(now)]
            assert opening, f"{license} is open, and Stripe says {rights}"
            assert any(right.until == seconds(license.access_until) for right in opening), (
                f"{license} is open until {license.access_until}, and Stripe says {opening}"
            )


def _essence(mirror: BillingSubscription) -> tuple[Any, ...]:
    items = {
        (row.stripe_id, row.stripe_price_id, row.quantity, seconds(row.period_end))
        for row in mirror.items.all()
        if not row.is_removed
    }
    ends = (mirror.cancel_at_period_end, seconds(mirror.cancel_at), seconds(mirror.ended_at))
    return (mirror.status, *ends, mirror.paused_collection, frozenset(items))


def seconds(instant: datetime | str | None) -> int | None:
    if instant is None:
        return None
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    return int(instant.timestamp())


# --- at any moment --------------------------------------------------------------------------------


def assert_history_replayed_is_the_state() -> None:
    for license in License.objects.prefetch_related("holds"):
        replayed: Json = {}
        for number, line in enumerate(license.events.order_by("pk")):
            assert (line.kind == "issued") == (number == 0), f"{license}: {line.kind} is line {number}"
            assert line.before == {key: replayed[key] for key in line.before}, f"{license}: a gap"
            replayed |= line.after
        seen = {
            "product": license.product_id,
            "policy": license.policy_id,
            "state": license.state,
            "unheld_state": license.unheld_state,
            "pending_reason": license.pending_reason,
            "ends_at": seconds(license.ends_at),
            "access_until": seconds(license.access_until),
            "starts_at": seconds(license.starts_at),
            "held_since": seconds(license.held_since),
            "renews": license.renews,
            "is_trial": license.is_trial,
            "seats": license.seats_total,
            "seats_due_at": seconds(license.seats_due_at),
            "holds": sorted(hold.kind for hold in license.holds.all()),
            "flag": license.flag,
        }
        told = {
            key: seconds(replayed[key]) if key.endswith(("_at", "_until", "_since")) else replayed[key]
            for key in seen
        }
        assert told == seen, f"the history of {license} ends elsewhere"


def assert_grants_equal_seats(now: int) -> None:
    """guardian sees those who have a place on a live license, and nobody else."""
    for license in License.objects.all():
        rows = ProductUserPermission.objects.filter(license=license)
        mirrored = sorted((row.user_id, row.content_object_id, row.ends_at) for row in rows)
        people: list[int | None] = []
        if license.state in LIVE:
            people = [license.user_id]
            if license.uses_seats:
                people = list(license.seats.filter(state="assigned").values_list("user", flat=True))
        wanted = sorted((user, license.product_id, license.access_until) for user in people)
        over = license.access_until is not None and seconds(license.access_until) <= now
        assert mirrored == wanted or (over and mirrored == []), f"{license}: {mirrored}, not {wanted}"


def assert_no_more_people_than_seats_unnoticed() -> None:
    for license in License.objects.filter(uses_seats=True):
        seats = license.seats.exclude(state="released")
        using = seats.exclude(state="suspended").count()
        if using > license.seats_total:
            assert license.seats_due_at is not None, f"{license}: {using} on {license.seats_total} seats"
        elif seats.filter(state="suspended").exists() and license.state in LIVE:
            assert using == license.seats_total, f"{license}: a seat is free, and somebody waits"


# --- at rest --------------------------------------------------------------------------------------


def assert_nothing_waits() -> None:
    waiting = [
        (target.kind, target.object_id, target.error)
        for target in SyncTarget.objects.all()
        if target.requested != target.applied or target.is_dead
    ]
    assert waiting == []
    assert not StripeEvent.objects.filter(status__in=["new", "dead"]).exists()


def assert_licenses_are_what_stripe_says(business, promises: dict[int, Promise], now: int) -> None:
    """Every item of every subscription against the oracle; whatever else there is, is over."""
    prices = {price.stripe_price_id: price.product for price in ProductPrice.objects.all()}
    current = set()
    for subscription in business.subscriptions():
        version = version_of(business, subscription)
        for item in version.items:
            row = BillingItem.objects.filter(stripe_id=item["id"]).select_related("license").first()
            license = row.license if row else None
            product = prices.get(item["price"]) or (license.product if license else None)
            if product is None:
                continue
            right = version.right(item, promises[product.pk], now)
            _assert_right(license, right, where=f"{subscription['id']} {item['id']}")
            if license is None or license.state == "revoked":
                continue
            current.add(license.pk)
            assert license.product_id == product.pk
            seats = item["quantity"] if product.per_seat else product.seats
            if right.state != "expired":
                assert license.seats_total == max(seats, 1)
    others = License.objects.filter(source="subscription").exclude(pk__in=current)
    for license in others:
        assert license.state in {"expired", "revoked"}, f"{license} belongs to nothing"
        assert license.state == "revoked" or seconds(license.access_until) <= now


def assert_purchases_are_what_stripe_says(business, promises: dict[int, Promise], now: int) -> None:
    paid = {
        row["payment_intent"]: row
        for row in business.rows("checkout.session")
        if row["mode"] == "payment" and row["payment_status"] == "paid"
    }
    rows = BillingPayment.objects.filter(stripe_subscription_id="").select_related("license__product")
    assert {row.stripe_id for row in rows} == set(paid)
    for row in rows:
        promise = promises[row.license.product_id]
        right = right_of_purchase(business.payment(row.stripe_id), promise=promise, now=now)
        _assert_right(row.license, right, where=row.stripe_id)


def _assert_right(license: License | None, right: Right, *, where: str) -> None:
    said = f"{where}: {license} is {_facts(license)}, and Stripe says {right}"
    if license is None or (license.state == "revoked" and right != REVOKED):
        # What never opened anything is not issued after its end; what was revoked is final, until
        # Stripe says that it is to be open again.
        assert right == REVOKED or right.state not in {*LIVE, *(["pending"] if not license else [])}, (
            said
        )
        return
    if right == REVOKED:
        assert license.state == "revoked", said
        return
    assert _facts(license) == _wanted(right), said


def _facts(license: License | None) -> Json | None:
    if license is None:
        return None
    return {
        "shown": license.state,
        "state": license.unheld_state,
        "holds": {hold.kind for hold in license.holds.all()},
        "until": seconds(license.access_until),
        "ends_at": seconds(license.ends_at),
        "renews": license.renews,
        "is_trial": license.is_trial,
        "flag": license.flag,
    }


def _wanted(right: Right) -> Json:
    return {
        "shown": right.shown,
        "state": right.state,
        "holds": set(right.holds),
        "until": right.until,
        "ends_at": right.ends_at,
        "renews": right.renews,
        "is_trial": right.is_trial,
        "flag": right.flag,
    }


def everything() -> Json:
    """Return what a comparison that finds nothing leaves as it is."""
    return {
        "licenses": sorted(License.objects.values_list("pk", "state", "access_until", "updated_at")),
        "lines": LicenseEvent.objects.count(),
        "grants": sorted(ProductUserPermission.objects.values_list("pk", "ends_at", "seat")),
    }
