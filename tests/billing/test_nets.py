"""The three nets: what they cost, that they go on where they were killed, and that twice is once."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.conftest import make_user
from wagtail_licensing import tasks
from wagtail_licensing.billing import cursors, full_run
from wagtail_licensing.billing import reconcile as comparison
from wagtail_licensing.billing.compare import Seen, in_groups
from wagtail_licensing.billing.errors import StripeFailure, Unavailable
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.models import (
    BillingAccount,
    BillingCustomer,
    BillingSubscription,
    License,
    LicenseEvent,
    StripeEvent,
    SyncCursor,
    SyncTarget,
)

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def asked(stripe_world):
    """The paths and parameters that were asked of Stripe."""
    paths: list = []
    stripe_world.simulator.observers.append(
        lambda incoming, answer: paths.append(incoming.path) if incoming.method == "GET" else None
    )
    return paths


def stored(name):
    return SyncCursor.objects.get(name=name)


# --- events -------------------------------------------------------------------------------------


def test_the_cursor_says_since_when_events_are_unknown_not_the_newest_one(stripe_world, alice, client):
    """Events are lost for a while, then one arrives: those in between are still looked for."""
    reconcile(at=stripe_world.now, everything=False)
    stripe_world.simulator.advance(hours=3)
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    lost = {event["id"] for event in stripe_world.events("customer.subscription.")}
    stripe_world.simulator.advance(hours=3)
    stripe_world.post(f"/v1/subscriptions/{subscription['id']}", cancel_at_period_end=True)
    stripe_world.send(client, stripe_world.events("customer.subscription.updated")[-1])
    assert not StripeEvent.objects.filter(event_id__in=lost).exists()
    reconcile(at=stripe_world.now, everything=False)
    assert StripeEvent.objects.filter(event_id__in=lost).count() == len(lost)


def test_the_cursor_stays_behind_a_clock_that_runs_ahead(stripe_world):
    ahead = stripe_world.now + 50 * MINUTE
    reconcile(at=ahead, everything=False)
    assert stored("events").position["created"] == int((ahead - HOUR).timestamp())


@pytest.mark.parametrize(("age", "full"), [(29 * DAY, False), (29 * DAY + MINUTE, True)])
def test_a_cursor_older_than_29_days_forces_the_full_list(stripe_world, asked, age, full):
    at = stripe_world.now
    SyncCursor.objects.create(name="events", position={"created": int((at - age).timestamp())})
    reconcile(at=at, everything=False)
    assert ("/v1/subscriptions" in asked) is full


def test_an_outage_leaves_the_cursor_where_it_was(stripe_world):
    reconcile(at=stripe_world.now, everything=False)
    before = stored("events").position
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 9}])
    with pytest.raises(StripeFailure):
        reconcile(at=stripe_world.now + DAY, everything=False)
    assert stored("events").position == before


def test_a_refused_key_stops_the_account_and_a_good_one_lifts_that(stripe_world):
    stripe_world.simulator.set_faults(api=[{"status": 403, "count": 1}])
    with pytest.raises(StripeFailure):
        reconcile(at=stripe_world.now, everything=False)
    assert BillingAccount.objects.get().refused_error == "Stripe answered 403 to events"
    reconcile(at=stripe_world.now, everything=False)
    assert BillingAccount.objects.get().refused_at is None


def test_a_page_of_events_takes_a_handful_of_queries(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    for number in range(20):
        path = f"/v1/subscriptions/{subscription['id']}"
        stripe_world.post(path, cancel_at_period_end=number % 2 == 0)
    with CaptureQueriesContext(connection) as captured:
        report = reconcile(at=stripe_world.now, everything=False)
    assert report.events_new >= 20
    assert len(captured) < 40


# --- unsettled ----------------------------------------------------------------------------------


def test_the_beat_looks_at_the_unsettled_once_an_hour(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.tried, trial_period_days=14)
    stripe_world.license_of(subscription)
    at = stripe_world.now
    looks = [
        reconcile(at=at + minutes * MINUTE, everything=False, only_due=True).unsettled
        for minutes in (0, 10, 59, 60, 70)
    ]
    assert looks == [1, 0, 0, 1, 0]
    assert reconcile(at=at + 71 * MINUTE, everything=False).unsettled == 1


# --- the full list ------------------------------------------------------------------------------


@pytest.fixture
def crowd(stripe_world, monkeypatch):
    """A hundred and twenty subscriptions of five people, all of them mirrored; no event is left."""
    monkeypatch.setattr(comparison, "_list_events", lambda *args, **kwargs: False)
    people = [make_user(f"person{number}") for number in range(5)]
    ids = [
        stripe_world.subscribe(people[number % 5], stripe_world.monthly)["id"] for number in range(120)
    ]
    customers = {row.user_id: row for row in BillingCustomer.objects.all()}
    owner = customers[people[0].pk]
    for row in stripe_world.simulator.world.store.kinds["subscription"].values():
        items = row["items"]["data"]
        mirror = BillingSubscription.objects.create(
            stripe_id=row["id"], customer=owner, status=row["status"]
        )
        for item in items:
            mirror.items.create(
                stripe_id=item["id"],
                stripe_price_id=item["price"] if isinstance(item["price"], str) else item["price"]["id"],
                quantity=item["quantity"],
                period_end=dt.datetime.fromtimestamp(item["current_period_end"], dt.UTC),
            )
    return ids


def test_a_full_list_takes_one_request_and_few_queries_for_100(stripe_world, crowd, asked):
    with CaptureQueriesContext(connection) as captured:
        report = reconcile(at=stripe_world.now)
    assert (report.subscriptions_seen, report.differing, report.foreign) == (120, 0, 0)
    assert asked.count("/v1/subscriptions") == 2
    assert len(captured) < 40
    assert stored("everything").position == {}
    assert stored("everything").finished_at is not None


def test_what_was_compared_is_not_compared_again_after_a_kill(stripe_world, crowd, asked, monkeypatch):
    """The process dies after the first page; another one starts three minutes later."""
    real, pages = full_run.compare_page, []

    class Killed(BaseException):
        pass

    def compare(rows):
        if len(pages) == 1:
            raise Killed
        pages.append(rows)
        return real(rows)

    lost = crowd[10]
    with stripe_world.simulator.world.lock:
        del stripe_world.simulator.world.store.kinds["subscription"][lost]
    with monkeypatch.context() as patch:
        patch.setattr(full_run, "compare_page", compare)
        patch.setattr(cursors, "give_up", lambda *args, **kwargs: None)
        with pytest.raises(Killed):
            reconcile(at=stripe_world.now)

    soon = reconcile(at=stripe_world.now + MINUTE)
    assert (soon.busy, soon.subscriptions_seen) == (True, 0)

    asked.clear()
    later = reconcile(at=stripe_world.now + 3 * MINUTE, everything=False, only_due=True)
    assert (later.resumed, later.subscriptions_seen) == (True, 19)
    assert asked.count("/v1/subscriptions") == 1
    # What the dead run had seen is not taken for missing; what Stripe does not list is.
    assert later.differing == 1
    assert SyncTarget.objects.get().object_id == lost


def test_a_run_goes_on_although_its_last_subscription_is_gone(stripe_world, crowd, monkeypatch):
    cursor = cursors.cursor_of("everything")
    place = crowd[69]
    row = stripe_world.simulator.world.store.kinds["subscription"][place]
    top = BillingSubscription.objects.latest("pk").pk
    seen = Seen(top)
    for mirror in BillingSubscription.objects.filter(stripe_id__in=crowd[69:]):
        seen.add(mirror.pk)
    cursors.move(
        cursor,
        {"after": place, "before": row["created"], "seen": seen.stored(), "top": top},
        at=stripe_world.now - HOUR,
    )
    with stripe_world.simulator.world.lock:
        del stripe_world.simulator.world.store.kinds["subscription"][place]
    report = reconcile(at=stripe_world.now)
    assert report.resumed
    assert report.subscriptions_seen >= 69
    assert report.differing == 0


def test_an_outage_in_the_middle_is_taken_up_by_the_next_beat(stripe_world, crowd, monkeypatch):
    real, calls = full_run.compare_page, []

    def compare(rows):
        calls.append(len(rows))
        if len(calls) == 2:
            raise Unavailable("Stripe answered 503")
        return real(rows)

    monkeypatch.setattr(full_run, "compare_page", compare)
    with pytest.raises(Unavailable):
        reconcile(at=stripe_world.now)
    report = reconcile(at=stripe_world.now + MINUTE, everything=False, only_due=True)
    assert (report.resumed, report.subscriptions_seen) == (True, 20)


def test_twice_in_a_row_changes_nothing(stripe_world, alice, bob):
    for who, price in ((alice, stripe_world.monthly), (bob, stripe_world.seats)):
        stripe_world.subscribe(who, price)
    stripe_world.buy(alice, stripe_world.once)
    call_command("licensing_reconcile")
    lines, licenses = LicenseEvent.objects.count(), list(License.objects.values())
    assert len(licenses) == 3
    targets = dict(SyncTarget.objects.values_list("object_id", "requested"))
    call_command("licensing_reconcile")
    assert LicenseEvent.objects.count() == lines
    assert list(License.objects.values()) == licenses
    assert dict(SyncTarget.objects.values_list("object_id", "requested")) == targets


def test_a_dry_run_stores_no_position(stripe_world, alice):
    stripe_world.subscribe(alice, stripe_world.monthly)
    assert reconcile(at=stripe_world.now, dry_run=True).differing == 1
    assert not SyncCursor.objects.exists()
    assert not SyncTarget.objects.exists()


def test_the_nightly_task_does_it_all(stripe_world, alice):
    stripe_world.subscribe(alice, stripe_world.monthly)
    tasks.reconcile_with_stripe(everything=True)
    assert License.objects.get().state == "active"
    assert set(SyncCursor.objects.values_list("name", flat=True)) == {
        "events",
        "unsettled",
        "everything",
    }


# --- the parts ----------------------------------------------------------------------------------


def test_what_was_seen_survives_as_text():
    seen = Seen(1000)
    for key in (1, 8, 999, 1000, 5000):
        seen.add(key)
    again = Seen(1000, seen.stored())
    assert [key for key in range(1, 1003) if key in again] == [1, 8, 999, 1000, 1001, 1002]


def test_groups_are_no_longer_than_asked_for():
    assert list(in_groups(iter("abcde"), 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(in_groups([], 2)) == []


def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else(monkeypatch):
    import io
    import sys

    from wagtail_licensing.management.progress import ProgressBar, progress_bar

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    bar = progress_bar("things", {"verbosity": 1})
    bar(1, 2)
    bar(2, 2)
    bar.close()
    assert "[###############---------------] 1 of about 2 things" in terminal.getvalue()
    assert terminal.getvalue().endswith(f"[{'#' * 30}] 2 of about 2 things\n")
    quiet = progress_bar("things", {"verbosity": 0})
    quiet(1, 2)
    quiet.close()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    piped = progress_bar("things", {"verbosity": 1})
    piped(1, 2)
    piped.close()
    assert sys.stderr.getvalue() == ""
    assert isinstance(bar, ProgressBar)
