"""D and E: a backlog in batches, and the comparison of a whole crowd with Stripe."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.db.models import F
from django.test import Client, override_settings
from django.urls import reverse

from tests.billing.world import sign
from wagtail_licensing.billing import client as line
from wagtail_licensing.billing.apply import apply_target
from wagtail_licensing.billing.batch import apply_batch
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.compare import compare_page
from wagtail_licensing.billing.hints import creation_of
from wagtail_licensing.billing.inbox import request_many
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.conf import now
from wagtail_licensing.models import BillingSubscription, License, LicenseEvent, StripeEvent, SyncTarget

from .beside import PYTHON, dj_stripe
from .crowd import Crowd, served, subscription_id
from .measure import compare, figure, statements
from .report import OK, SHORT
from .scale import SUBSCRIPTIONS
from .subscribers import take_in

#: So many wait in a backlog.
BACKLOG = 200


@pytest.fixture(scope="module")
def crowd(database, report) -> Iterator[Crowd]:
    """A site whose subscribers are all at a Stripe in another process."""
    with (
        served(SUBSCRIPTIONS) as found,
        override_settings(
            WAGTAIL_LICENSING_STRIPE_API_BASE=found.url,
            WAGTAIL_LICENSING_STRIPE_SECRET_KEY="sk_test_bench",
            WAGTAIL_LICENSING_USE_CELERY=False,
        ),
    ):
        take_in(found)
        report.facts.append(f"{found.size:,} subscriptions at Stripe")
        yield found
        line.close()


class Remembering(Gateway):
    """A line that answers a second time from memory: what is left is our own work."""

    answers: dict[str, Any] = {}

    def get(self, path: str, **params: Any) -> Any:
        key = f"{path} {params}"
        if key not in self.answers:
            self.answers[key] = super().get(path, **params)
        return self.answers[key]


def drift(numbers: range) -> None:
    """Let the rows of some say what was true last year, so that reading them again changes them."""
    ids = [subscription_id(number) for number in numbers]
    licenses = License.objects.filter(billing_item__subscription__stripe_id__in=ids)
    keys = list(licenses.values_list("pk", flat=True))
    ended = F("starts_at") + timedelta(days=1)
    License.objects.filter(pk__in=keys).update(ends_at=ended, access_until=ended, renews=False)
    BillingSubscription.objects.filter(stripe_id__in=ids).update(cancel_at_period_end=True)


@pytest.fixture(scope="module")
def waiting(crowd) -> dict[str, Any]:
    """The ids of a backlog, with the instants at which they were created."""
    rows: dict[str, Any] = {}
    for page in Gateway().batches("/v1/subscriptions", status="all"):
        rows |= {raw["id"]: creation_of(raw, raw["id"]) for raw in page}
        if len(rows) >= BACKLOG:
            break
    return dict(list(rows.items())[:BACKLOG])


def backlog(waiting: dict[str, Any]) -> list[int]:
    drift(range(BACKLOG))
    return request_many(kind="subscription", object_ids=waiting, account="default", at=now())


def timed(waiting: dict[str, Any], apply: Any) -> float:
    """Return the seconds that ``apply`` takes, and see to it that it does the work."""
    targets = backlog(waiting)
    lines = LicenseEvent.objects.count()
    started = time.perf_counter()
    apply(targets)
    took = time.perf_counter() - started
    assert LicenseEvent.objects.count() == lines + BACKLOG
    assert not SyncTarget.objects.filter(requested__gt=F("applied")).exists()
    return took


def test_a_backlog_in_batches(waiting, report) -> None:
    def one_by_one(gateway: Gateway) -> float:
        return timed(
            waiting,
            lambda targets: [apply_target(target_id=t, at=now(), gateway=gateway) for t in targets],
        )

    def in_a_batch(gateway: Gateway) -> float:
        return timed(waiting, lambda targets: apply_batch(at=now(), gateway=gateway))

    targets = backlog(waiting)
    with statements() as seen:
        assert apply_batch(at=now(), gateway=Remembering()).applied == len(targets)
    each = len(seen.without_savepoints) / len(targets)
    verdict = OK if each <= 0.5 else SHORT
    report.add("D3", "a batch: statements for each", f"{each:.2f}", "<= 0.50", verdict)
    for what, gateway in (("Stripe's answers at hand", Remembering()), ("over HTTP", Gateway())):
        found = compare(
            lambda gateway=gateway: in_a_batch(gateway),
            {"single": lambda gateway=gateway: one_by_one(gateway)},
            rounds=10,
            seconds=30,
            least=3,
        )
        times = found.ratios["single"]
        report.add(
            "D3",
            f"{BACKLOG} that wait, one by one / in a batch, {what}",
            f"{times}, {BACKLOG / found.seconds:,.0f} a second (A/A {found.again}, n={found.rounds})",
            ">= 20x",
            OK if times.middle >= 20 else SHORT,
        )


def test_a_comparison_of_a_page(crowd, report) -> None:
    """What the comparison costs here, beside a row that is read and saved: one in a hundred differs."""
    page = next(Gateway().batches("/v1/subscriptions", status="all"))
    ids = [raw["id"] for raw in page]

    def compared() -> float:
        drift(range(1))
        started = time.perf_counter()
        differing = compare_page(page).differing
        request_many(kind="subscription", object_ids=differing, account="default", at=now())
        took = time.perf_counter() - started
        assert len(differing) == 1
        return took

    def and_applied() -> float:
        took, started = compared(), time.perf_counter()
        assert apply_batch(at=now(), gateway=remembered).applied == 1
        return took + time.perf_counter() - started

    def saved() -> None:
        for stripe_id in ids:
            row = BillingSubscription.objects.get(account="default", livemode=False, stripe_id=stripe_id)
            row.synced_at = now()
            row.save()

    remembered = Remembering()
    try:
        found = compare(compared, {"saved": saved, "applied": and_applied}, rounds=20, seconds=15)
    finally:
        BillingSubscription.objects.filter(cancel_at_period_end=True).update(cancel_at_period_end=False)
        SyncTarget.objects.all().delete()
    times = found.ratios["saved"]
    report.add(
        "E1",
        "1 % drift: each row read and saved / a page compared and the one asked for",
        f"{times} (A/A {found.again}, n={found.rounds})",
        ">= 40x",
        OK if times.middle >= 40 else SHORT,
    )
    whole = times.middle / found.ratios["applied"].middle
    report.add(
        "E1",
        "1 % drift: the same / the page compared and the one applied, history and all",
        f"{figure(whole)}x",
        "",
        "-",
    )


def test_a_comparison_of_everything(crowd, report, monkeypatch) -> None:
    """Memory, requests and speed of a full run in which one in a hundred differs."""
    asked: list[str] = []
    real = Gateway.get

    def counted(self: Gateway, path: str, **params: Any) -> Any:
        asked.append(path)
        return real(self, path, **params)

    monkeypatch.setattr(Gateway, "get", counted)
    reconcile(at=now(), dry_run=True, most=1_000)  # what grows once
    asked.clear()
    some = range(0, crowd.size, 100)
    for start in range(0, len(some), 500):
        drift(some[start : start + 500])
    before = _memory(reset=True)
    started = time.perf_counter()
    run: list[int] = [0]
    with connection.execute_wrapper(partial(_count, run)):
        found = reconcile(at=now())
    took = time.perf_counter() - started
    grown = _memory() - before
    assert (found.subscriptions_seen, found.differing) == (crowd.size, len(some))
    assert SyncTarget.objects.filter(requested__gt=F("applied")).count() == len(some)
    label = f"{crowd.size:,} compared, 1 % drift"
    pages = asked.count("/v1/subscriptions")
    report.count("E1", f"{label}: requests for each 100", pages, -(-crowd.size // 100))
    verdict = OK if grown <= 5 else SHORT
    report.add("E1", f"{label}: memory beyond the start", f"{grown:+.1f} MB", "<= +5 MB", verdict)
    report.add("E1", f"{label}: rows a second, over HTTP", f"{crowd.size / took:,.0f}", "", "-")
    each = run[0] / crowd.size
    verdict = OK if each <= 0.06 else SHORT
    report.add("E1", f"{label}: statements for each", f"{each:.3f}", "<= 0.06", verdict)
    lines = LicenseEvent.objects.count()
    while apply_batch(at=now()).applied:
        continue
    assert LicenseEvent.objects.count() == lines + len(some)
    again = reconcile(at=now())
    report.count("E1", f"{label}: differ the second time", again.differing, 0)


def _count(run: list[int], execute: Any, *args: Any) -> Any:
    # Only counted: the texts of so many would be the memory that is measured.
    run[0] += 1
    return execute(*args)


def _memory(*, reset: bool = False) -> float:
    """Return the most memory in MB that this process had since the last reset; Linux only."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    for text in Path("/proc/self/status").read_text().splitlines():
        if text.startswith("VmHWM"):
            return int(text.split()[1]) / 1024
    raise OSError("the memory of a process is read from /proc")


def test_webhooks_beside_dj_stripe(crowd, report) -> None:
    """Both views through Django's test client, in turns. dj-stripe acts on the event at once, ours keeps
    it and rings a broker in this process: what is compared is how long Stripe waits for an answer."""
    what = "webhook requests a second, ours / dj-stripe's view"
    if not PYTHON:
        report.add("D1", what, "not measured: there is no environment with dj-stripe", ">= 40x", "-")
        return
    subscription = Gateway().get(f"/v1/subscriptions/{subscription_id(0)}")
    numbers = count(1)
    client = Client()
    path = reverse("wagtail_licensing:stripe_webhook", args=["default"])
    app = current_app._get_current_object()
    former, app.conf.broker_url = app.conf.broker_url, "memory://"

    def ours() -> float:
        bodies = [json.dumps(_event(next(numbers), subscription)) for _ in range(20)]
        started = time.perf_counter()
        for body in bodies:
            headers = {"Stripe-Signature": sign(body)}
            answer = client.post(path, body, content_type="application/json", headers=headers)
            assert answer.status_code == 200
        return (time.perf_counter() - started) / len(bodies)

    def theirs() -> float:
        return other.post([_event(next(numbers), subscription) for _ in range(6)])

    try:
        with (
            override_settings(WAGTAIL_LICENSING_USE_CELERY=True, ALLOWED_HOSTS=["*"]),
            dj_stripe(crowd.url) as other,
        ):
            found = compare(ours, {"dj-stripe": theirs}, rounds=20, seconds=15)
            report.add("D1", "statements of dj-stripe's view", str(other.statements), "", "-")
    finally:
        app.conf.broker_url = former
        StripeEvent.objects.all().delete()
        SyncTarget.objects.all().delete()
    times = found.ratios["dj-stripe"]
    text = f"{times} (A/A {found.again}, n={found.rounds})"
    report.add("D1", what, text, ">= 40x", OK if times.middle >= 40 else SHORT)


def _event(number: int, subscription: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_bench_d_{number}",
        "object": "event",
        "api_version": line.API_VERSION,
        "created": 1_790_000_000 + number,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "customer.subscription.updated",
        "data": {"object": subscription},
    }
