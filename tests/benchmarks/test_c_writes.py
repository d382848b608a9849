"""C, D and F: what changes, what arrives, and a sweep that finds nothing to do."""

import json
import sys
import time
from datetime import timedelta
from functools import partial

import pytest
from celery import current_app
from django.db import connection, transaction
from django.test import override_settings
from django.urls import reverse

from tests.billing.world import sign
from tests.conftest import STAFF
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import end_due_licenses, lift_hold, place_hold, revoke_license
from wagtail_licensing.models import License, LicenseEvent, LicenseHold, StripeEvent

from .browser import Browser
from .measure import compare, figure, statements
from .report import OK, SHORT
from .scale import LICENSES


@pytest.fixture(scope="module")
def site(world):
    world.issue_to_others(LICENSES)
    world.put_gates(1_000)
    return world


def test_a_change_writes_as_few_rows_in_a_large_catalogue(site, report) -> None:
    """The actions are undone: the site is the same for the next one."""
    license = License.objects.get(user=site.reader)
    reason = {"at": site.at, "by": STAFF}
    actions = {
        "suspend": lambda: place_hold(license_id=license.pk, hold=Hold.ADMIN, **reason),
        "resume": lambda: lift_hold(license_id=license.pk, hold=Hold.ADMIN, **reason),
        "revoke": lambda: revoke_license(license_id=license.pk, **reason),
    }
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for gates in (10, 5_000):
        site.put_gates(gates)
        found[gates] = {}
        with transaction.atomic():
            for name, action in actions.items():
                with statements() as seen:
                    action()
                found[gates][name] = (len(seen.without_savepoints), seen.rows_written)
            transaction.set_rollback(True)
    for name in actions:
        few, many = found[10][name], found[5_000][name]
        report.count("C1", f"{name}: statements more at 5,000 gates than at 10", many[0] - few[0], 0)
        report.at_most("C1", f"{name}: rows written at 5,000 gates", many[1], 4, fence=5)
        assert few == many


def event(number: int, kind: str = "customer.subscription.updated") -> bytes:
    """An event as Stripe sends it, about one of a thousand subscriptions."""
    subscription = {"id": f"sub_{number % 1_000}", "object": "subscription", "status": "active"}
    padding = {f"key{each}": "v" * 40 for each in range(45)}
    body = {
        "id": f"evt_bench_{number}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_790_000_000,
        "livemode": False,
        "type": kind,
        "data": {"object": {**subscription, "metadata": padding}},
    }
    return json.dumps(body).encode()


_outbound: list[tuple] = []


def _watch(name: str, arguments: tuple) -> None:
    if name == "socket.connect":
        _outbound.append(arguments)


def test_an_event_arrives(site, report) -> None:
    """A broker in this process takes the ring; no worker listens, so nothing is applied."""
    sys.addaudithook(_watch)
    browser = Browser(site.stranger)
    path = reverse("wagtail_licensing:stripe_webhook", args=["default"])
    numbers = iter(range(1, 10**9))

    def post(body: bytes) -> bytes:
        headers = {"HTTP_STRIPE_SIGNATURE": sign(body), "CONTENT_TYPE": "application/json"}
        return browser.send("POST", path, body, **headers)

    def new() -> bytes:
        return post(event(next(numbers)))

    again = event(0)
    app = current_app._get_current_object()
    former = app.conf.broker_url
    app.conf.broker_url = "memory://"
    try:
        with override_settings(WAGTAIL_LICENSING_USE_CELERY=True):
            new()
            post(again)
            _outbound.clear()
            for name, run, target, fence in (
                ("a new event", new, 2, 12),
                ("the same again", partial(post, again), 2, 4),
            ):
                with statements() as seen:
                    run()
                report.at_most("D1", f"{name}: statements", len(seen), target, fence=fence)
            report.count("D1", "connections opened", len(_outbound), 0)
            assert StripeEvent.objects.filter(event_id="evt_bench_0").count() == 1
            ignored = "balance.available"
            found = compare(
                lambda: post(event(next(numbers), ignored)),
                {"new": new, "again": partial(post, again)},
                rounds=100,
                seconds=6,
            )
        label = "event of ours / event of no concern"
        report.ratio("D1", f"new {label}", found, "new", None)
        report.ratio("D1", f"known {label}", found, "again", None)
        times = found.ratios["again"].middle / found.ratios["new"].middle
        verdict = OK if times < 1 else SHORT
        report.add("D1", "the same event again / a new one", f"{figure(times)}x", "< 1.00x", verdict)
    finally:
        app.conf.broker_url = former
        StripeEvent.objects.all().delete()


def test_an_idle_sweep(site, report) -> None:
    """Nothing is due, all day long: that has to cost nothing, whatever the number of licenses."""
    long_ago = site.at - timedelta(days=10_000)

    def sweep() -> int:
        return end_due_licenses(at=long_ago)

    assert sweep() == 0
    with statements() as seen:
        sweep()
    report.at_most("F2", "idle sweep: statements", len(seen), 3, fence=3)

    def sweep_without_index() -> float:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("DROP INDEX wl_license_due")
                cursor.execute("DROP INDEX wl_license_waiting")
            started = time.perf_counter()
            sweep()
            took = time.perf_counter() - started
            transaction.set_rollback(True)
        return took

    found = compare(sweep, {"bare": sweep_without_index}, rounds=20, seconds=8)
    times = found.ratios["bare"].middle
    held = License.objects.count()
    report.add(
        "F2",
        f"idle sweep of {held:,} licenses without its indexes / with them",
        f"{figure(times)}x, {found.seconds * 1000:.2f} ms",
        ">= 50x",
        OK if times >= 50 else SHORT,
    )
    assert not LicenseHold.objects.exists()
    assert not LicenseEvent.objects.filter(kind="expired").exists()
